/** Files that anybody may put into the bucket's folder. Every request for them is answered, and no content from outside is shown. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { Input, Target } from './input';
import { send } from './send';

/** Writes only a new file, and so follows no link at that path. */
const NEW = { flag: 'wx' };

type Put = (path: string, target: Target) => void;

const RECORDS = [
  '',
  'null',
  '[]',
  '{',
  '{"etag":1}',
  '{"__proto__":{"etag":"x"}}',
  '{"etag":"\\r\\nX-Evil: 1","metadata":{"a\\nb":"c"},"inode":1,"size":1e400,"mtimeMs":"x"}',
  `{"metadata":${JSON.stringify({ a: 'x'.repeat(100_000) })}}`,
];

const THINGS: [what: string, put: Put][] = [
  ['a file', (path) => writeFileSync(path, 'content', NEW)],
  ['an empty file', (path) => writeFileSync(path, '', NEW)],
  ['a folder', (path) => void mkdirSync(path, { recursive: true })],
  ['a file that nobody may read', (path) => writeFileSync(path, 'x', { ...NEW, mode: 0 })],
  ['a link to a file outside', (path, { secretFile }) => symlinkSync(secretFile, path)],
  ['a link to a folder outside', (path, { secretFile }) => symlinkSync(dirname(secretFile), path)],
  ['a link to nothing', (path) => symlinkSync('nowhere', path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
  ['a named pipe', (path) => void execFileSync('mkfifo', [path], { stdio: 'ignore' })],
  ...RECORDS.map((record): [string, Put] => [
    `a record ${record.slice(0, 40)}`,
    (path) => writeFileSync(path, record, NEW),
  ]),
];

/** Paths below the bucket's folder: of objects, and of the local cloud's own files. */
const PLACES = [
  'fuzz/thing',
  'fuzz/thing/below',
  'fuzz/t\u202eh\u0007ing',
  '.s3/thing',
  '.s3/meta/fuzz/thing',
  '.s3/meta/fuzz/thing.json',
  '.s3/keys/66757a7a',
  '.s3/keys/zz',
  '.s3/local-cloud.json',
  '.s3/run/thing',
];

export const folderInputs = (target: Target): fc.Arbitrary<Input> =>
  fc
    .array(fc.tuple(fc.constantFrom(...PLACES), fc.constantFrom(...THINGS)), { minLength: 1, maxLength: 3 })
    .map((things) => ({
      what: things.map(([place, [thing]]) => `${thing} as ${JSON.stringify(place)}`).join(', '),
      run: async () => {
        const put: string[] = [];
        for (const [place, [, make]] of things) {
          const path = join(target.bucketFolder, place);
          try {
            mkdirSync(dirname(path), { recursive: true });
            // Another of the files may be a link, and this test itself must not follow it to the outside.
            if (!isBelow(target.bucketFolder, dirname(path))) continue;
            make(path, target);
            put.push(path);
          } catch {
            // Another of the files is in its way.
          }
        }
        try {
          return await askFor(
            target,
            things.map(([place]) => place),
          );
        } finally {
          for (const path of put) rmSync(path, { recursive: true, force: true });
        }
      },
    }));

function isBelow(folder: string, path: string): boolean {
  return `${realpathSync(path)}/`.startsWith(`${realpathSync(folder)}/`);
}

async function askFor(target: Target, keys: string[]) {
  const requests = keys.flatMap((key) => {
    const path = `/${target.bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
    return [
      { method: 'HEAD', path },
      { method: 'GET', path },
      { method: 'GET', path: `${path}/secret` },
      { method: 'PUT', path: `${path}/secret`, body: Buffer.from('written') },
      { method: 'PUT', path, body: Buffer.from('written') },
      { method: 'DELETE', path },
    ];
  });
  const listing = { method: 'GET', path: `/${target.bucket}`, query: { 'list-type': '2' } };
  const outcomes = [];
  for (const request of [listing, ...requests, listing]) {
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const outcome = await send(target, { service: 's3', headers, ...request });
    if (outcome?.body.includes(target.secret))
      throw new Error(`${request.method} ${request.path} shows what is outside`);
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

/** Runs with odd keys, lists and sizes. The name is that of docs/reliability.md. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { synthesizeForTest, TestCloud } from '../support/cloud';

const KIB = 1024;
/** A length that leaves room for `processed/` in the 1,024 bytes of a key. */
const longest = (start: string) => start.padEnd(1014, 'k');

/** Keys of separate objects, each with its key as content. */
const ODD = [
  longest('odd/'),
  `odd/${'語'.repeat(330)}`,
  'odd/\u00e9',
  'odd/e\u0301',
  'odd/case',
  'odd/CASE',
  'odd/folder',
  'odd/folder/and/object',
  'odd/../../../outside',
  '../../outside',
  '../outside',
  '/etc/passwd',
  '/outside',
  'a/../b',
  'b',
  './b',
  '.',
  '..',
  '//',
  '\\..\\outside',
  'odd/ leading and trailing ',
  'odd/%',
  'odd/%2F..%2F',
  'odd/%00',
  'odd/100%25',
  'odd/plus+and space',
  'odd/\'single\' "double" `back`',
  'odd/<xml attribute="&amp;">]]>',
  'odd/{% $states.input %}',
  'odd/${Bucket}',
  'odd/$(reboot); rm -rf *',
  'odd/?a=1&b#c',
  'odd/*',
  'odd/nul\0byte',
  'odd/\u0001\u001b[31mred\u007f',
  'odd/tab\tline\nreturn\r\nend',
  'odd/\u2028\u2029\u0085',
  'odd/\ufeffmark\u202e',
  'odd/\uffff\u{1f680}\u{10ffff}',
  '__proto__',
  'constructor',
  '.s3/meta/outside',
  '.S3/keys/outside',
  'processed/elsewhere',
  'results/x/manifest.json',
  'odd/object with a slash at its end/',
];
const MARKER = 'odd/marker/';
const EMPTY = 'odd/empty';
const REFUSED: Record<string, string> = {
  [longest('odd/').padEnd(1024, 'k')]: 'OutputKeyTooLong',
  'odd/is not there': 'ObjectNotFound',
  '../../../../../../etc/hostname': 'ObjectNotFound',
};

let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
/** The bucket's folder is deep in this one: a file that leaves the bucket would be seen here. */
let root: string;
let test: TestCloud;

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

async function put(Key: string, Body: string): Promise<void> {
  await test.clients.s3.send(
    new PutObjectCommand({ Bucket: test.deployment.bucketName, Key, Body: Buffer.from(Body) }),
  );
}

async function output(key: string): Promise<Record<string, unknown>> {
  const Key = `processed/${key}`;
  const command = new GetObjectCommand({ Bucket: test.deployment.bucketName, Key });
  const { Body } = await test.clients.s3.send(command);
  return JSON.parse((await Body?.transformToString()) ?? '');
}

/** The outcome of each object, in no order: `key: status or error`. */
async function outcomes(name: string): Promise<string[]> {
  const execution = test.batch.execution(name);
  const found: string[] = [];
  for await (const { object_key, status } of execution.successes()) found.push(`${object_key}: ${status}`);
  for await (const { object_key, error } of execution.failures()) found.push(`${object_key}: ${error}`);
  return found;
}

describe('reliability: input', () => {
  before(async () => {
    stack = await synthesizeForTest({ BATCH_SLOTS_PER_WORKER: '2', BATCH_PROVISION_POLL_SECONDS: '1' });
    root = await mkdtemp(join(tmpdir(), 'input-'));
    const bucketFolder = join(root, 'some', 'folders', 'bucket');
    await mkdir(bucketFolder, { recursive: true });
    test = await TestCloud.start(stack.stackFolder, { bucketFolder });
  });
  after(async () => {
    await test.close();
    await stack.remove();
    await rm(root, { recursive: true, force: true });
  });

  describe('hostile or odd input', () => {
    it('odd keys are each processed, skipped or refused with an error that says why, and none leaves the bucket', async () => {
      for (const key of ODD) await put(key, key);
      await put(MARKER, '');
      await put(EMPTY, '');
      const keys = [...ODD, MARKER, EMPTY, ...Object.keys(REFUSED)];
      const expected = [
        ...[...ODD, EMPTY].map((key) => `${key}: success`),
        `${MARKER}: skipped`,
        ...Object.entries(REFUSED).map(([key, error]) => `${key}: ${error}`),
      ];
      const source = await test.putManifest(keys);
      const { status, results } = await test.run(
        { worker_count: 1, ...source, tolerated_failure_percentage: 100 },
        'odd',
      );
      expect(status).to.equal('SUCCEEDED');
      expect(await outcomes('odd')).to.have.members(expected);
      expect(results).to.include({ succeeded: ODD.length + 1, skipped: 1, failed: 3, pending: 0 });
      for (const key of ODD) {
        expect(await output(key)).to.include({ key, size: Buffer.byteLength(key), sha256: sha256(key) });
      }
      expect(await output(EMPTY)).to.include({ size: 0, sha256: sha256('') });
      expect(readdirSync(join(root, 'some', 'folders'))).to.deep.equal(['bucket']);
      expect(readdirSync(join(root, 'some'))).to.deep.equal(['folders']);
      expect(readdirSync(root)).to.deep.equal(['some']);
    });

    it('odd keys are found by a listing as well', async () => {
      const keys = [...ODD, EMPTY].filter((key) => key.startsWith('odd/'));
      const { status } = await test.run(
        { worker_count: 1, prefix: 'odd/', force: true, batch_size: 7 },
        'listed',
      );
      expect(status).to.equal('SUCCEEDED');
      expect(await outcomes('listed')).to.have.members([
        ...keys.map((key) => `${key}: success`),
        `${MARKER}: skipped`,
      ]);
    });

    it('a key that appears twice is one object, in a list and in a manifest', async () => {
      // Names that a program may mistake for other values, and an order that it may not keep.
      const others = ['__proto__', 'constructor', 'twice/b', '10', '9'];
      const keys = ['twice/a', ...others, 'twice/a'];
      await test.put(keys);
      const objects = keys.map((Key) => ({ Key }));
      const listed = await test.run({ worker_count: 1, objects, force: true }, 'twice');
      expect(listed.results).to.include({ succeeded: 6, skipped: 0, failed: 0 });
      expect(await outcomes('twice')).to.have.members(['twice/a', ...others].map((key) => `${key}: success`));

      const source = await test.putManifest(keys);
      const { results } = await test.run({ worker_count: 1, ...source, force: true }, 'twice-in-a-manifest');
      expect(results).to.include({ succeeded: 6, failed: 0 });
      expect(await outcomes('twice-in-a-manifest')).to.have.members(
        ['twice/a', ...others].map((key) => `${key}: success`),
      );
      expect(await output('twice/a')).to.include({ key: 'twice/a' });
    });

    const bad: [string, string, RegExp][] = [
      ['no JSON', 'twice/a', /Line 2 is "twice\/a": write/],
      ['no key', '{"key":"twice/a"}', /Line 2 is .*: write/],
      ['an empty key', '{"Key":""}', /Line 2 names no key/],
      ['a key that is not a string', '{"Key":["twice/a"]}', /Line 2 is .*: write/],
      ['no object', '"twice/a"', /Line 2 is .*: write/],
      [
        'a key that is too long',
        JSON.stringify({ Key: 'k'.repeat(5000) }),
        /Line 2 names a key of 5000 bytes/,
      ],
      ['a key that is not Unicode', '{"Key":"\\ud800"}', /Line 2 names a key that is not Unicode/],
    ];
    it('a line of a manifest that names no object ends the run, and the cause names the line', async () => {
      // One after the other, so that one process of the selector answers all.
      for (const [what, line, message] of bad) {
        const source = await test.putManifest(['twice/a'], [line]);
        const { status, error, cause } = await test.run({ worker_count: 1, ...source });
        expect({ what, status, error }).to.deep.equal({ what, status: 'FAILED', error: 'InvalidManifest' });
        expect(cause).to.match(message);
      }
    });

    it('1,200 objects of mixed names and sizes: more than a page of a listing', async () => {
      const sizes = [0, 1, 100, KIB, 64 * KIB];
      const names = ['plain', 'with space', 'größe', '100%', 'a+b', "quote'", 'deep/er/and/deeper'];
      const contents = sizes.map((size) => randomBytes(size));
      const keys = Array.from({ length: 1200 }, (_, index) => `many/${names[index % 7]}/${index}`);
      for (const name of names) await mkdir(join(test.bucket, 'many', name), { recursive: true });
      await Promise.all(
        keys.map((key, index) => writeFile(join(test.bucket, key), contents[index % 5] as Buffer)),
      );
      const { status, results } = await test.run(
        { worker_count: 2, prefix: 'many/', batch_size: 50 },
        'many',
      );
      expect(status).to.equal('SUCCEEDED');
      expect(results).to.include({ succeeded: 1200, skipped: 0, failed: 0, pending: 0 });
      expect(await outcomes('many')).to.have.members(keys.map((key) => `${key}: success`));
      const hashes = contents.map(sha256);
      for (const [index, key] of keys.entries()) {
        expect(JSON.parse(await test.read(`processed/${key}`))).to.include({
          key,
          sha256: hashes[index % 5],
        });
      }
    });

    describe('an object of 5 GiB', () => {
      const HUGE = 5 * KIB ** 3;
      /** The output of `head -c 5368709120 /dev/zero | sha256sum`. */
      const HUGE_SHA256 = '7f06c62352aebd8125b2a1841e2b9e1ffcbed602f381c3dcb3200200e383d1d5';

      before(async () => {
        await test.put(['huge/zeros'], () => '');
        await truncate(join(test.bucket, 'huge', 'zeros'), HUGE);
      });

      it('is processed', async () => {
        const processing = { processor: 'simulate', parameters: { seconds: 0 } };
        const ended = await test.run({ worker_count: 1, prefix: 'huge/', ...processing });
        expect(ended.results).to.include({ succeeded: 1 });
        expect(await test.read('processed/simulate/huge/zeros')).to.equal(
          `Processed huge/zeros (${HUGE} bytes)\n`,
        );
      });

      it('is read to its end', async function () {
        if (!process.env.TEST_LARGE_OBJECTS) {
          console.log('        skipped: it takes 25 s of processor time; TEST_LARGE_OBJECTS=1 runs it');
          return this.skip();
        }
        expect((await test.run({ worker_count: 1, prefix: 'huge/' })).results).to.include({ succeeded: 1 });
        expect(await output('huge/zeros')).to.include({ size: HUGE, sha256: HUGE_SHA256 });
      });
    });
  });
});

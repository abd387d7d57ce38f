/** A bucket's folder that somebody else has filled: links, FIFOs, folders and forged records where files are expected. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import fc from 'fast-check';
import { findObstacle } from '../../../../../local/services/s3/folder/folder';
import { OpenFile } from '../../../../../local/services/s3/folder/open-file';
import { fileAt } from '../../../../../local/services/s3/folder/own-files';
import { codePoint } from '../../../../support/code-point';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from '../server';

/** The id of a process that has ended, in the form in which the local cloud names its files. */
const ABANDONED = `2147483000-${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}-${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`;
const DONE = ['no error', undefined];

describe('S3 in a folder that somebody else has filled', () => {
  let server: TestServer;
  let outside: string;
  const close: Array<() => unknown> = [];
  beforeEach(async () => {
    server = await startServer();
    outside = mkdtempSync(join(tmpdir(), 's3-outside-'));
  });
  afterEach(async () => {
    for (const each of close.splice(0)) await each();
    await server.close();
    rmSync(outside, { recursive: true });
  });

  const at = (path: string) => {
    mkdirSync(dirname(join(server.folder, path)), { recursive: true });
    return join(server.folder, path);
  };
  const fifo = (path: string) => execFileSync('mkfifo', [path]);
  const get = (Key: string) => server.get(Key, { ChecksumMode: 'ENABLED' });
  const body = (Key: string) => server.text(Key, { ChecksumMode: 'ENABLED' });
  const copy = (from: string, Key: string) =>
    server.client.send(
      new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${encodeURIComponent(from)}` }),
    );
  const recordOf = (key: string) => {
    const hash = createHash('sha256').update(key).digest('hex');
    return at(join('.s3', 'meta', hash.slice(0, 2), `${hash.slice(2)}.json`));
  };
  /** Serves the same folder anew. */
  const restart = async () => {
    const before = server;
    close.push(() => before.close());
    server = await startServer({ buckets: { [Bucket]: { folder: before.folder } } });
  };

  describe('a link in place of a folder of its own', () => {
    const links = [
      '.s3',
      '.s3/run',
      '.s3/meta',
      '.s3/keys',
      `.s3/meta/${createHash('sha256').update('b').digest('hex').slice(0, 2)}`,
    ];
    for (const link of links) {
      for (const when of ['before it starts', 'while it runs'] as const) {
        it(`never leads outside: ${link}, ${when}`, async () => {
          await server.put('a', 'a', { Metadata: { from: 'a' } });
          // Files of somebody else that a folder of this kind would hold.
          mkdirSync(join(outside, 'run'));
          mkdirSync(join(outside, 'keys'));
          writeFileSync(join(outside, ABANDONED), '');
          writeFileSync(join(outside, 'run', ABANDONED), '');
          writeFileSync(join(outside, '2f78.o'), 'secret');
          writeFileSync(join(outside, 'keys', '2f78.o'), 'secret');
          mkdirSync(join(outside, 'meta'));
          const before = readdirSync(outside, { recursive: true }).sort();
          const path = at(link);
          rmSync(path, { recursive: true, force: true });
          symlinkSync(outside, path);
          if (when === 'before it starts') await restart();

          expect(findObstacle(server.folder)).to.equal(link.split('/').length < 3 ? path : undefined);
          expect(await server.keys()).to.deep.equal(['a']);
          expect(await body('a')).to.equal('a');
          expect(await errorOf(get('/x'))).to.deep.equal(['NoSuchKey', 404]);
          const written = [
            await errorOf(server.put('b')),
            await errorOf(server.put('/b')),
            await errorOf(copy('a', 'b')),
          ];
          for (const each of written) expect([DONE, ['AccessDenied', 403]]).to.deep.include(each);
          await server.remove('b');
          await server.remove('/x');
          await errorOf(server.remove('a'));
          expect(await errorOf(server.head('a'))).to.deep.equal(['NotFound', 404]);
          await restart();

          expect(readdirSync(outside, { recursive: true }).sort()).to.deep.equal(before);
          expect(readFileSync(join(outside, '2f78.o'), 'utf8')).to.equal('secret');
        });
      }
    }

    it('is named to a client that writes', async () => {
      symlinkSync(outside, at('.s3'));
      const error = await server.put('a').catch((each) => each);
      expect(error.message).to.match(/\.s3\/run is not a folder, or a link leads there.*move it away/);
    });
  });

  it('boots, reads and lists if a file is in place of a folder of its own', async () => {
    for (const path of ['.s3', '.s3/run', '.s3/meta', '.s3/keys']) {
      rmSync(join(server.folder, '.s3'), { recursive: true, force: true });
      writeFileSync(at('data'), 'data');
      writeFileSync(at(path), '');
      await restart();
      expect(findObstacle(server.folder)).to.equal(join(server.folder, path));
      expect(await server.keys(), path).to.deep.equal(['data']);
      expect(await body('data')).to.equal('data');
      expect(await errorOf(server.remove('none'))).to.deep.equal(DONE);
      const outcomes = [await errorOf(server.put('new')), await errorOf(server.put('/new'))];
      for (const each of outcomes) expect([DONE, ['AccessDenied', 403]], path).to.deep.include(each);
      await server.remove('new');
      await server.remove('/new');
    }
  });

  it('removes only the files that a dead process was writing', async () => {
    const run = at('.s3/run/x');
    mkdirSync(run);
    writeFileSync(join(dirname(run), ABANDONED), '');
    writeFileSync(join(dirname(run), '2024-report.csv'), '');
    mkdirSync(join(dirname(run), ABANDONED.replace(/0$/, '1')));
    fifo(join(dirname(run), 'fifo'));
    await restart();
    expect(readdirSync(dirname(run)).sort()).to.deep.equal(
      [ABANDONED.replace(/0$/, '1'), '2024-report.csv', 'fifo', 'x'].sort(),
    );
    expect(await errorOf(server.put('a'))).to.deep.equal(DONE);
  });

  describe('in place of a record', () => {
    const obstacles: Array<[string, (path: string) => void]> = [
      ['an empty folder', (path) => mkdirSync(path)],
      ['a FIFO', fifo],
      ['a link', (path) => symlinkSync(join(outside, 'secret'), path)],
      ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
      [
        'a huge file',
        (path) => {
          writeFileSync(path, '[');
          truncateSync(path, 2 ** 40);
        },
      ],
      ['nothing', () => undefined],
      ['no JSON', (path) => writeFileSync(path, '[{"file"')],
      ['no list', (path) => writeFileSync(path, '{"length":1}')],
      ['a list of nothing', (path) => writeFileSync(path, '[null,1,"a",[],{}]')],
      ['deep JSON', (path) => writeFileSync(path, '['.repeat(100_000))],
    ];
    for (const [what, make] of obstacles) {
      it(`${what} loses only the record`, async () => {
        writeFileSync(join(outside, 'secret'), '[]');
        await server.put('a', 'content', { Metadata: { kept: 'yes' } });
        await server.put('other', 'content', { Metadata: { kept: 'yes' } });
        rmSync(recordOf('a'));
        make(recordOf('a'));
        expect(await server.keys()).to.deep.equal(['a', 'other']);
        expect((await server.head('a')).Metadata).to.deep.equal({});
        expect((await server.head('other')).Metadata).to.deep.equal({ kept: 'yes' });
        expect(await body('a')).to.equal('content');
        await server.put('a', 'again', { Metadata: { kept: 'again' } });
        expect((await server.head('a')).Metadata).to.deep.equal({ kept: 'again' });
        await server.remove('a');
        expect(await server.keys()).to.deep.equal(['other']);
        expect(readFileSync(join(outside, 'secret'), 'utf8')).to.equal('[]');
      });
    }

    it('a folder that is not empty is named to a client that writes', async () => {
      writeFileSync(at('a'), 'content');
      mkdirSync(join(recordOf('a'), 'full'), { recursive: true });
      expect(await body('a')).to.equal('content');
      const error = await server.put('a').catch((each) => each);
      expect(error.message)
        .to.contain(recordOf('a'))
        .and.to.match(/is a folder where a file is to be/);
      expect([error.name, error.$metadata.httpStatusCode]).to.deep.equal(['AccessDenied', 403]);
      expect(await body('a')).to.equal('content');
      await server.remove('a');
      expect(await server.keys()).to.deep.equal([]);
      expect(readdirSync(join(server.folder, '.s3', 'run'))).to.deep.equal([]);
    });

    /** A record of the existing file, with other values. */
    const forge = (key: string, values: object) => {
      const [record] = JSON.parse(readFileSync(recordOf(key), 'utf8'));
      writeFileSync(recordOf(key), JSON.stringify([{ ...record, ...values }]));
    };

    it('a forged one breaks no answer', async () => {
      const odd = fc.oneof(
        fc.constantFrom<unknown>(
          'a\r\nset-cookie: b',
          '\u0000',
          'ö',
          '語',
          '\ud800',
          1e308,
          -1,
          '',
          'x'.repeat(20_000),
          null,
          [],
          {},
        ),
        fc.jsonValue(),
        fc.string({ unit: codePoint }),
      );
      const name = fc.oneof(
        fc.constantFrom(
          'content-type',
          'x-amz-meta-a',
          'x-amz-meta-a\r\nb',
          'x-amz-meta-',
          '__proto__',
          'constructor',
        ),
        fc.constantFrom(
          'content-length',
          'transfer-encoding',
          'etag',
          'connection',
          'CRC32',
          'MD5',
          'ROT13',
          '',
        ),
        fc.string({ unit: codePoint, maxLength: 5 }),
      );
      const members = fc.dictionary(name, odd, { noNullPrototype: true });
      const values = fc.record(
        {
          etag: odd,
          headers: fc.oneof(odd, members),
          checksums: fc.oneof(odd, members),
          checksumType: odd,
          lastModified: odd,
          size: odd,
          ['__proto__']: odd,
        },
        { requiredKeys: [], noNullPrototype: true },
      );
      await server.put('a', 'content');
      await server.put('b', 'content');
      const record = readFileSync(recordOf('a'), 'utf8');
      await fc.assert(
        fc.asyncProperty(values, async (forged) => {
          writeFileSync(recordOf('a'), record);
          forge('a', forged);
          expect(await server.keys()).to.include.members(['a', 'b']);
          const answer = await get('a');
          expect(await answer.Body?.transformToString()).to.equal('content');
          expect(answer.ETag).to.match(/^"[\da-f]{32}(-\d+)?"$/);
          expect(answer).to.include({ ContentLength: 7, AcceptRanges: 'bytes' });
          await copy('a', 'copy');
          expect(await body('copy')).to.equal('content');
        }),
        { numRuns: 50 },
      );
    });

    it('one of two that is broken loses only that one', async () => {
      await server.put('a', 'content', { Metadata: { kept: 'yes' }, ChecksumAlgorithm: 'SHA256' });
      const [record] = JSON.parse(readFileSync(recordOf('a'), 'utf8'));
      writeFileSync(recordOf('a'), JSON.stringify([{ ...record, etag: 'a"\r\nb' }, null, record]));
      const { Metadata, ChecksumSHA256 } = await get('a');
      expect(Metadata).to.deep.equal({ kept: 'yes' });
      expect(ChecksumSHA256).to.be.a('string');
    });

    it('keeps all that a request can carry', async () => {
      const Metadata = { long: 'ü"\\\t'.repeat(100), "odd!#$%&'*+.^_`|~-9": 'x' };
      const kept = {
        ContentDisposition: `attachment; filename="${'x'.repeat(7000)}"`,
        ContentLanguage: 'de',
      };
      await server.put('a', 'content', { Metadata: { ...Metadata, long: 'a"\\\tb'.repeat(100) }, ...kept });
      expect(await server.head('a')).to.deep.include({
        Metadata: { ...Metadata, long: 'a"\\\tb'.repeat(100) },
        ...kept,
      });
    });
  });

  it('has no object at a path that is not a file, and never waits for one', async () => {
    fifo(at('fifo'));
    const socket = createServer().listen(at('socket'));
    await once(socket, 'listening');
    close.push(() => socket.close());
    symlinkSync('/dev/zero', at('device'));
    symlinkSync(join(server.folder, 'nowhere'), at('dangling'));
    symlinkSync('loop', at('loop'));
    symlinkSync(outside, at('link'));
    writeFileSync(join(outside, 'secret'), 'secret');
    mkdirSync(at('folder'));
    writeFileSync(at('file'), 'file');
    const odd = ['fifo', 'socket', 'device', 'dangling', 'loop', 'link', 'folder'];
    expect(await server.keys()).to.deep.equal(['file']);
    for (const each of odd) {
      for (const key of [each, `${each}/secret`, `${each}/deep/er`]) {
        expect(await errorOf(get(key)), key).to.deep.equal(['NoSuchKey', 404]);
        expect(await errorOf(copy(key, 'copy')), key).to.deep.equal(['NoSuchKey', 404]);
        await server.remove(key);
        expect(await errorOf(server.put(key)), key).to.deep.equal(DONE);
        expect(await body(key)).to.equal(key);
        await server.remove(key);
      }
    }
    expect(await server.keys()).to.deep.equal(['file']);
    // The folder is removed with the last object in it, like any other. The other files belong to somebody else.
    expect(readdirSync(server.folder)).to.include.members(odd.filter((each) => each !== 'folder'));
    expect(readdirSync(outside)).to.deep.equal(['secret']);
  });

  it('lists no object that cannot be read by its key', async () => {
    await server.put('/a');
    for (const each of [
      'zz.o',
      '.o',
      '61',
      '6g.o',
      '6162',
      '2F62.o',
      `${'61'.repeat(120)}`,
      `${'61'.repeat(121)}.o`,
    ]) {
      writeFileSync(at(`.s3/keys/${each}`), each);
    }
    for (const each of ['.o', '6g.o']) writeFileSync(at(`.s3/keys/2f/${each}`), each);
    mkdirSync(at('.s3/keys/2f62.o'));
    writeFileSync(at('.S3'), '');
    const deep = `${'long'.repeat(60)}/`.repeat(5);
    writeFileSync(at(`${deep}${'k'.repeat(100)}`), '');
    expect(await server.keys()).to.deep.equal(['/a']);
    await errorOf(server.put('/b')).then((outcome) => expect(outcome).to.deep.equal(['AccessDenied', 403]));
  });

  it('gives dates that clients can read, for any date of the file system', async () => {
    for (const [seconds, year] of [
      [-1, 1969],
      [253_402_300_800, 9999],
      [1e12, 9999],
      [-1e12, 1],
    ] as const) {
      writeFileSync(at('a'), '');
      try {
        utimesSync(at('a'), seconds, seconds);
      } catch {
        continue;
      }
      // The date as the file system stored it.
      const kept = lstatSync(at('a'), { bigint: true }).mtimeNs / 1_000_000_000n === BigInt(seconds);
      const { Contents } = await server.client.send(new ListObjectsV2Command({ Bucket }));
      if (kept) expect(Contents?.[0]?.LastModified?.getUTCFullYear()).to.equal(year);
      expect((await server.head('a')).LastModified).to.deep.equal(Contents?.[0]?.LastModified);
    }
  });

  it('breaks off a copy whose source changes meanwhile', async () => {
    // More than one read returns.
    const bytes = 4 * 2 ** 20;
    writeFileSync(at('a'), Buffer.alloc(bytes));
    const file = OpenFile.open({ path: at('a'), file: fileAt(at('a')) ?? '' });
    const change = () => {
      writeFileSync(at('a'), 'x', { flag: 'r+' });
      utimesSync(at('a'), 1, 1);
    };
    const read = async () => {
      for await (const _ of file?.read(0, bytes - 1) ?? []) change();
    };
    const error = await read().catch((each) => each);
    expect(() => file?.readSmall(0, 9))
      .to.throw()
      .with.property('statusCode', 503);
    file?.close();
    expect([error.code, error.statusCode]).to.deep.equal(['ServiceUnavailable', 503]);
  });

  it('completes no upload whose parts are not those that were uploaded', async () => {
    const changes: Array<(path: string) => void> = [
      () => undefined,
      (path) => fifo(path),
      (path) => symlinkSync(join(outside, 'secret'), path),
      (path) => mkdirSync(path),
      (path) => writeFileSync(path, 'else'),
      (path) => {
        rmSync(dirname(path), { recursive: true });
        symlinkSync(outside, dirname(path));
      },
    ];
    writeFileSync(join(outside, 'secret'), 'secret');
    for (const [index, change] of changes.entries()) {
      const { UploadId } = await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }));
      const upload = { Bucket, Key: 'a', UploadId };
      const { ETag } = await server.client.send(
        new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'part' }),
      );
      const [name = ''] = readdirSync(at('.s3/run'));
      rmSync(at(join('.s3', 'run', name)));
      change(at(join('.s3', 'run', name)));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload });
      const [code, status] = await errorOf(server.client.send(complete));
      expect(['InvalidPart', 'AccessDenied'], `change ${index}`).to.include(code);
      expect(status).to.be.within(400, 403);
      expect(await server.keys()).to.deep.equal([]);
      rmSync(at('.s3/run'), { recursive: true, force: true });
    }
    expect(readdirSync(outside)).to.deep.equal(['secret']);
  });
});

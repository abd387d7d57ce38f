import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { link, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { createS3 } from '../../../../local/services/s3';
import { until } from '../../../support/until';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from './server';

describe('S3 writes', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  /** A PUT with exactly these bytes; resolves to the status and the body of the answer. */
  async function rawPut(key: string, headers: Record<string, string | number>, content: string | Buffer) {
    const sent = request({ port: server.port, method: 'PUT', path: `/${Bucket}/${key}`, headers });
    sent.end(content);
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, body: await text(response) };
  }

  it('leave nothing if the client hangs up half-way', async () => {
    await server.put('kept', 'before');
    for (const key of ['kept', 'new']) {
      const headers = { 'content-length': 1_000_000 };
      const sent = request({ port: server.port, method: 'PUT', path: `/${Bucket}/${key}`, headers });
      sent.on('error', () => undefined);
      sent.write(Buffer.alloc(100_000));
      await until(async () => (await server.unfinished()).length > 0, 'a file is being written');
      sent.destroy();
      await until(async () => (await server.unfinished()).length === 0, 'it is cleared away');
    }
    expect(await server.text('kept')).to.equal('before');
    expect(await errorOf(server.get('new'))).to.deep.equal(['NoSuchKey', 404]);
  });

  it('show an object whole or not at all, and let a reader finish the version that it has begun', async () => {
    const versions = [1, 2].map((byte) => Buffer.alloc(4 * 1024 * 1024, byte));
    await server.put('a', versions[0]);
    const reader = await server.get('a');
    await server.put('a', versions[1]);
    const read = Buffer.from((await reader.Body?.transformToByteArray()) ?? []);
    expect(read.equals(versions[0] as Buffer)).to.equal(true);
    const writes = Array.from({ length: 10 }, (_, index) => server.put('a', versions[index % 2]));
    const reads = Array.from({ length: 10 }, async () => {
      const answer = await server.get('a');
      const content = await answer.Body?.transformToByteArray();
      expect(answer.ETag).to.equal(
        `"${createHash('md5')
          .update(content ?? '')
          .digest('hex')}"`,
      );
    });
    await Promise.all([...writes, ...reads]);
  });

  it('break a read off when the file is written to in place meanwhile', async () => {
    const path = join(server.folder, 'edited');
    await writeFile(path, randomBytes(8 * 1024 * 1024));
    for (const change of [0, 4 * 1024 * 1024, 8 * 1024 * 1024 - 1]) {
      // An earlier time: the file system's clock may tick more slowly than this test.
      await utimes(path, 1, 1);
      const reader = await server.get('edited');
      const file = await open(path, 'r+');
      await file.write(randomBytes(1), 0, 1, change);
      await file.close();
      expect(await errorOf(reader.Body?.transformToByteArray() ?? Promise.resolve())).not.to.include(
        'no error',
      );
    }
    expect((await (await server.get('edited')).Body?.transformToByteArray())?.length).to.equal(
      8 * 1024 * 1024,
    );
  });

  it('that are conditional succeed once of many at once', async () => {
    const creations = await Promise.all(
      Array.from({ length: 12 }, (_, index) => errorOf(server.put('once', `${index}`, { IfNoneMatch: '*' }))),
    );
    expect(creations.filter(([name]) => name === 'no error')).to.have.length(1);
    expect(
      creations.filter(([name, status]) => name === 'PreconditionFailed' && status === 412),
    ).to.have.length(11);
    const { ETag: IfMatch } = await server.get('once');
    const updates = await Promise.all(
      Array.from({ length: 12 }, (_, index) => errorOf(server.put('once', `new ${index}`, { IfMatch }))),
    );
    expect(updates.filter(([name]) => name === 'no error')).to.have.length(1);
    expect(await errorOf(server.put('none', 'x', { IfMatch }))).to.deep.equal(['NoSuchKey', 404]);
    expect(await errorOf(server.put('once', 'x', { IfNoneMatch: '"x"' }))).to.deep.equal([
      'NotImplemented',
      501,
    ]);
    expect(await server.unfinished()).to.deep.equal([]);
  });

  it('make their folder again when deletes remove it', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const Key = `deep/er/${index}`;
        for (let round = 0; round < 8; round++) {
          await server.put(Key, `${round}`);
          expect(await server.text(Key)).to.equal(`${round}`);
          await server.client.send(new DeleteObjectCommand({ Bucket, Key }));
        }
      }),
    );
    expect(await readdir(server.folder)).to.deep.equal(['.s3']);
  });

  it('verify, keep and return every checksum that the SDK sends', async () => {
    for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      for (const content of [Buffer.from('hello'), Readable.from([Buffer.from('hel'), Buffer.from('lo')])]) {
        const sent = await server.put(algorithm, content, { ChecksumAlgorithm: algorithm, ContentLength: 5 });
        const name = `Checksum${algorithm}` as keyof typeof sent;
        expect(sent[name], algorithm).to.be.a('string');
        const head = await server.client.send(
          new HeadObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }),
        );
        expect(head[name as keyof typeof head]).to.equal(sent[name]);
        expect(await server.text(algorithm)).to.equal('hello');
      }
    }
    const other = { 'x-amz-checksum-sha512': 'x', 'content-length': 1 };
    expect((await rawPut('bad', other, 'x')).body).to.contain('unsupported: SHA512');
    const ChecksumSHA256 = createHash('sha256').update('other').digest('base64');
    expect(await errorOf(server.put('bad', 'hello', { ChecksumSHA256 }))).to.deep.equal(['BadDigest', 400]);
    expect(await errorOf(server.put('bad', 'hello', { ChecksumCRC32: 'AAAAAA==' }))).to.deep.equal([
      'BadDigest',
      400,
    ]);
    const ContentMD5 = createHash('md5').update('other').digest('base64');
    expect(await errorOf(server.put('bad', 'hello', { ContentMD5 }))).to.deep.equal(['BadDigest', 400]);
    expect(await errorOf(server.put('bad', 'hello', { ContentMD5: 'short' }))).to.deep.equal([
      'InvalidDigest',
      400,
    ]);
    for (const value of ['x', 'AAAAAA', 'AAAAAAA=', '*AAAAA==', '']) {
      const { status, body } = await rawPut(
        'bad',
        { 'x-amz-checksum-crc32': value, 'content-length': 1 },
        'x',
      );
      expect([status, body], value).to.deep.equal([400, body]);
      expect(body, value).to.contain('Value for x-amz-checksum-crc32 header is invalid.');
    }
    expect(await errorOf(server.get('bad'))).to.deep.equal(['NoSuchKey', 404]);
    const CopySource = `${Bucket}/CRC32`;
    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ChecksumAlgorithm: 'SHA256' });
    const { CopyObjectResult } = await server.client.send(copy);
    expect(CopyObjectResult?.ChecksumSHA256).to.equal(createHash('sha256').update('hello').digest('base64'));
  });

  it('remove the framing of bodies in chunks, signed or not', async () => {
    const signature = `;chunk-signature=${'0'.repeat(64)}`;
    const crc = 'x-amz-checksum-crc32:NhCmhg==';
    const forms: Array<[payload: string, trailer: string, framed: string]> = [
      [
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        '',
        `3${signature}\r\nhel\r\n2${signature}\r\nlo\r\n0${signature}\r\n\r\n`,
      ],
      ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-checksum-crc32', `5\r\nhello\r\n0\r\n${crc}\r\n\r\n`],
      [
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'x-amz-checksum-crc32',
        `5${signature}\r\nhello\r\n0${signature}\r\n${crc}\r\nx-amz-trailer-signature:00\r\n\r\n`,
      ],
    ];
    const send = (payload: string, trailer: string, framed: string, length: number | string = 5) =>
      rawPut(
        'framed',
        {
          'content-length': framed.length,
          'content-encoding': 'aws-chunked,gzip',
          'x-amz-content-sha256': payload,
          'x-amz-decoded-content-length': length,
          ...(trailer ? { 'x-amz-trailer': trailer } : {}),
        },
        framed,
      );
    for (const [payload, trailer, framed] of forms) {
      expect(await send(payload, trailer, framed)).to.deep.equal({ status: 200, body: '' });
      expect(await server.text('framed')).to.equal('hello');
      expect((await server.get('framed')).ContentEncoding).to.equal('gzip');
    }
    const [, [payload, trailer, framed]] = forms as [unknown, [string, string, string]];
    expect((await send(payload, trailer, framed.replace('NhCmhg', 'NhCmhh'))).body).to.contain(
      '<Code>BadDigest<',
    );
    expect((await send(payload, trailer, framed, 6)).body).to.contain('<Code>IncompleteBody<');
    expect((await send(payload, trailer, '5\r\nhel')).body).to.contain('<Code>IncompleteBody<');
    for (const length of ['five', '-5', '5.0', '0x5', '']) {
      expect((await send(payload, trailer, framed, length)).body, length).to.contain(
        '<Code>InvalidArgument<',
      );
    }
    // Only the announced bytes are written, no matter what follows.
    expect((await send(payload, trailer, framed, 4)).body).to.contain('<Code>IncompleteBody<');
    expect((await send(payload, trailer, `${framed}more`)).body).to.contain('<Code>InvalidRequest<');
    const trailers = Array.from({ length: 1_000 }, (_, index) => `x-${index}:y\r\n`).join('');
    expect((await send(payload, trailer, `5\r\nhello\r\n0\r\n${trailers}\r\n`)).body).to.contain(
      '<Code>MalformedTrailerError<',
    );
    expect((await send(payload, 'x-amz-meta-late', framed)).body).to.contain('<Code>InvalidRequest<');
    expect((await send('A'.repeat(64), trailer, 'hello')).body).to.contain('<Code>InvalidArgument<');
    expect((await send(payload, trailer, '5\r\nhelloworld\r\n')).body).to.contain('<Code>InvalidRequest<');
    expect((await send(payload, trailer, 'five\r\nhello')).body).to.contain('<Code>InvalidRequest<');
    const hash = { 'x-amz-content-sha256': '0'.repeat(64), 'content-length': 1 };
    expect((await rawPut('framed', hash, 'x')).body).to.contain('<Code>XAmzContentSHA256Mismatch<');
    expect((await rawPut('framed', { 'transfer-encoding': 'chunked' }, 'x')).status).to.equal(411);
  });

  it('are refused at once, and the connection serves the next request', async () => {
    const large = Buffer.alloc(8 * 1024 * 1024);
    for (let round = 0; round < 3; round++) {
      expect(await errorOf(server.put('a', large, { Bucket: 'none' }))).to.deep.equal(['NoSuchBucket', 404]);
      expect(await errorOf(server.put('a', large, { Tagging: 'a=b' }))).to.deep.equal([
        'NotImplemented',
        501,
      ]);
      await server.put('a', `${round}`);
      expect(await server.text('a')).to.equal(`${round}`);
    }
  });

  it('go on if somebody removes the whole folder', async () => {
    await server.put('a', '1');
    await rm(server.folder, { recursive: true });
    expect(await errorOf(server.get('a'))).to.deep.equal(['NoSuchKey', 404]);
    await server.put('a', '2');
    expect(await server.text('a')).to.equal('2');
  });

  it('keep the metadata of the object that exists after a crash, and give it to no other content', async () => {
    const { ETag } = await server.put('a', 'old', { Metadata: { version: 'old' } });
    await link(join(server.folder, 'a'), join(server.folder, 'aside'));
    await server.put('a', 'new', { Metadata: { version: 'new' } });
    // This is the state after a crash between the two renames of a write: the sidecar is new, the file is old.
    await rename(join(server.folder, 'aside'), join(server.folder, 'a'));
    expect(await server.get('a')).to.deep.include({ ETag, Metadata: { version: 'old' } });
    await writeFile(join(server.folder, 'a'), 'by hand');
    expect((await server.get('a')).Metadata).to.deep.equal({});
    await server.put('a', 'next', { Metadata: { version: 'next' } });
    expect((await server.get('a')).Metadata).to.deep.equal({ version: 'next' });
  });

  it('that a dead process left are removed at the next start, and those of a running one are not', async () => {
    const script = join(__dirname, 'child-server.ts');
    const child = fork(script, [server.folder], { execArgv: ['-r', 'ts-node/register'], env: process.env });
    const [port] = await once(child, 'message');
    const sent = request({
      port,
      method: 'PUT',
      path: `/${Bucket}/half`,
      headers: { 'content-length': 1000 },
    });
    sent.on('error', () => undefined);
    sent.write('half');
    await until(async () => (await server.unfinished()).length > 0, 'a file is being written');
    const second = createS3({ buckets: { [Bucket]: { folder: server.folder } }, region: 'us-east-1' });
    expect(await server.unfinished()).to.have.length(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const third = createS3({ buckets: { [Bucket]: { folder: server.folder } }, region: 'us-east-1' });
    expect(await server.unfinished()).to.deep.equal([]);
    await second.close();
    await third.close();
    const listed = await server.client.send(new ListObjectsV2Command({ Bucket }));
    expect(listed.KeyCount).to.equal(0);
    expect(await stat(join(server.folder, '.s3')).catch(({ code }) => code)).to.equal('ENOENT');
  });
});

/** A bucket's folder with other file systems below it: mounted ones, full ones and read-only ones. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { failure } from '../../../../support/failure';
import { isMissing } from '../../../../support/tools';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from '../server';

/** The file systems that the tests have mounted. The last one is unmounted first. */
const mounted: string[] = [];
function mount(path: string, ...options: string[]): void {
  execFileSync('mount', [...options, path], { stdio: 'pipe' });
  mounted.unshift(path);
}
const unmountAll = () => {
  for (const path of mounted.splice(0)) execFileSync('umount', ['--lazy', path]);
};

async function mayMount(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 's3-mount-'));
  try {
    mount(folder, '-t', 'tmpfs', 'tmpfs');
    return folder;
  } catch {
    return undefined;
  } finally {
    unmountAll();
    await rm(folder, { recursive: true });
  }
}

describe('S3 on several file systems', () => {
  let server: TestServer;
  let outside: string;
  before(async function () {
    if (isMissing('S3 on several file systems', { 'the right to mount': await mayMount() })) this.skip();
  });
  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), 's3-outside-'));
    server = await startServer();
  });
  afterEach(async () => {
    await server?.close();
    if (outside) await rm(outside, { recursive: true });
  });
  const at = (path: string) => join(server.folder, path);

  const kinds: [what: string, mountAt: (path: string) => void][] = [
    ['another file system', (path) => mount(path, '-t', 'tmpfs', 'tmpfs')],
    ['a folder of the same one that is mounted', (path) => mount(path, '--bind', outside)],
  ];
  for (const [what, mountAt] of kinds) {
    describe(`${what}, below the bucket's folder`, () => {
      beforeEach(async () => {
        await mkdir(at('other'));
        mountAt(at('other'));
      });
      afterEach(unmountAll);

      it('holds objects as any folder does', async () => {
        await writeFile(at('other/by-hand'), 'by hand');
        await server.put('other/deep/a', 'first', { Metadata: { kept: 'yes' } });
        expect(await readFile(at('other/deep/a'), 'utf8')).to.equal('first');
        const { ETag, Metadata } = await server.get('other/deep/a');
        expect(Metadata).to.deep.equal({ kept: 'yes' });
        expect(await errorOf(server.put('other/deep/a', 'x', { IfNoneMatch: '*' }))).to.deep.equal([
          'PreconditionFailed',
          412,
        ]);
        await server.put('other/deep/a', 'second', { IfMatch: ETag });
        expect(await server.text('other/deep/a')).to.equal('second');
        for (const [from, Key] of [
          ['other/by-hand', 'copy'],
          ['copy', 'other/copy'],
        ])
          await server.client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}` }));
        const upload = { Bucket, Key: 'other/parts' };
        const { UploadId } = await server.client.send(new CreateMultipartUploadCommand(upload));
        const part = { ...upload, UploadId, PartNumber: 1 };
        const { ETag: ofPart } = await server.client.send(new UploadPartCommand({ ...part, Body: 'part' }));
        const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: ofPart }] };
        await server.client.send(
          new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }),
        );
        const keys = ['copy', 'other/by-hand', 'other/copy', 'other/deep/a', 'other/parts'];
        expect(await server.keys()).to.deep.equal(keys);
        expect(await server.text('other/copy')).to.equal('by hand');
        for (const Key of keys) await server.client.send(new DeleteObjectCommand({ Bucket, Key }));
        expect(await server.keys()).to.deep.equal([]);
        expect(await readdir(at('other'))).to.deep.equal([]);
        expect(await readdir(at('.s3/run'))).to.deep.equal([]);
      });

      it('accepts concurrent writes of one key, each whole, and lists no partial object', async () => {
        const contents = [1, 2, 3, 4].map((byte) => Buffer.alloc(1024 ** 2, byte));
        const writes = contents.map((content) => server.put('other/a', content));
        expect(['', 'other/a']).to.include((await server.keys()).join());
        await Promise.all(writes);
        const content = Buffer.from((await (await server.get('other/a')).Body?.transformToByteArray()) ?? []);
        expect(contents.some((each) => each.equals(content))).to.equal(true);
        expect(await server.keys()).to.deep.equal(['other/a']);
        expect(await readdir(at('other'))).to.deep.equal(['a']);
      });
    });
  }

  describe('with one that cannot be written', () => {
    afterEach(unmountAll);

    /** The only answer to a client that would try three times. */
    async function refusal(Key: string, Body: string | Buffer): Promise<Error> {
      const { endpoint } = server;
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const client = new S3Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 3 });
      server.needed.length = 0;
      const error = await failure(client.send(new PutObjectCommand({ Bucket, Key, Body })));
      client.destroy();
      expect(server.needed).to.have.length(1);
      expect(error).to.deep.include({ name: 'AccessDenied' });
      return error;
    }

    it('says once that there is no space, and for which file', async () => {
      await mkdir(at('full'));
      mount(at('full'), '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
      const { message } = await refusal('full/a', randomBytes(1024 ** 2));
      expect(message)
        .to.match(/^ENOSPC: no space left on device/)
        .and.to.contain(at('full/.s3-'));
      expect(await readdir(at('full'))).to.deep.equal([]);
      expect(await readdir(at('.s3/run'))).to.deep.equal([]);

      unmountAll();
      await server.close();
      mount(outside, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
      server = await startServer({ buckets: { [Bucket]: { folder: join(outside, 'bucket') } } });
      expect((await refusal('a', randomBytes(1024 ** 2))).message)
        .to.match(/^ENOSPC: no space left on device/)
        .and.to.contain(at('.s3/run/'));
    });

    it('says once that a file system is read-only, and reads from it', async () => {
      await mkdir(at('fixed'));
      await writeFile(join(outside, 'a'), 'hello');
      mount(at('fixed'), '--bind', outside);
      mount(at('fixed'), '-o', 'remount,bind,ro');
      mounted.shift();
      expect(await server.keys()).to.deep.equal(['fixed/a']);
      expect(await server.text('fixed/a')).to.equal('hello');
      expect((await refusal('fixed/b', 'x')).message).to.match(/^EROFS: .*fixed/);
      const removal = server.client.send(new DeleteObjectCommand({ Bucket, Key: 'fixed/a' }));
      expect((await failure(removal)).message).to.match(/^EROFS: .*fixed\/a/);
    });
  });
});

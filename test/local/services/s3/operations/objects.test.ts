import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from '../server';

describe('S3 objects', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  it('makes an object a file, and keeps its metadata', async () => {
    const metadata = {
      ContentType: 'text/x-test',
      CacheControl: 'no-cache',
      ContentEncoding: 'identity',
      ContentDisposition: 'attachment',
      ContentLanguage: 'en',
      Metadata: { source: 'a b', 'other-key': '1' },
    };
    const { ETag } = await server.put('data/a b.txt', 'hello', metadata);
    expect(ETag).to.equal(`"${createHash('md5').update('hello').digest('hex')}"`);
    expect(await readFile(join(server.folder, 'data/a b.txt'), 'utf8')).to.equal('hello');
    for (const command of [new HeadObjectCommand({ Bucket, Key: 'data/a b.txt' })]) {
      const head = await server.client.send(command);
      expect(head).to.deep.include({ ...metadata, ETag, ContentLength: 5, AcceptRanges: 'bytes' });
    }
    const answer = await server.get('data/a b.txt');
    expect(answer).to.deep.include({ ...metadata, ETag, ContentLength: 5 });
    expect(answer.$metadata.requestId).to.be.a('string');
    expect(await answer.Body?.transformToString()).to.equal('hello');
  });

  it('serves existing files as objects', async () => {
    await mkdir(join(server.folder, 'in'));
    await writeFile(join(server.folder, 'in/table.csv'), 'a,b');
    const first = await server.get('in/table.csv');
    expect(first.ContentType).to.equal('text/csv');
    expect(first.ETag).to.match(/^"[0-9a-f]{32}-1"$/);
    expect((await server.get('in/table.csv')).ETag).to.equal(first.ETag);
    await writeFile(join(server.folder, 'in/table.csv'), 'a,b,c');
    expect((await server.get('in/table.csv')).ETag).not.to.equal(first.ETag);
  });

  it('forgets the metadata of an object whose file somebody replaces', async () => {
    const { ETag } = await server.put('a.txt', 'by S3', { Metadata: { of: 'S3' } });
    await writeFile(join(server.folder, 'a.txt'), 'by me');
    const changed = await server.get('a.txt');
    expect(changed.Metadata).to.deep.equal({});
    expect(changed.ContentType).to.equal('text/plain');
    expect(changed.ETag).not.to.equal(ETag);
  });

  it('answers ranges', async () => {
    await server.put('digits', '0123456789');
    const ranged = await server.get('digits', { Range: 'bytes=2-4' });
    expect(ranged).to.include({ ContentRange: 'bytes 2-4/10', ContentLength: 3 });
    expect(ranged.$metadata.httpStatusCode).to.equal(206);
    expect(await ranged.Body?.transformToString()).to.equal('234');
    expect(await server.text('digits', { Range: 'bytes=7-' })).to.equal('789');
    expect(await server.text('digits', { Range: 'bytes=-3' })).to.equal('789');
    expect(await server.text('digits', { Range: 'bytes=-30' })).to.equal('0123456789');
    expect(await server.text('digits', { Range: 'bytes=8-100' })).to.equal('89');
    expect(await server.text('digits', { Range: 'bytes=5-2' })).to.equal('0123456789');
    expect(await server.text('digits', { Range: 'bytes=0-1,3-4' })).to.equal('0123456789');
    expect(await errorOf(server.get('digits', { Range: 'bytes=10-' }))).to.deep.equal(['InvalidRange', 416]);
    await writeFile(join(server.folder, 'empty'), '');
    expect(await server.text('empty')).to.equal('');
    expect(await errorOf(server.get('empty', { Range: 'bytes=0-' }))).to.deep.equal(['InvalidRange', 416]);
  });

  it('answers conditional reads', async () => {
    const { ETag } = await server.put('a', 'x');
    const date = new Date('2026-01-02T03:04:05Z');
    await utimes(join(server.folder, 'a'), date, date);
    const { ETag: current } = await server.get('a');
    expect(current).not.to.equal(ETag);
    expect(await server.text('a', { IfMatch: current })).to.equal('x');
    expect(await server.text('a', { IfMatch: '*', IfNoneMatch: '"other"' })).to.equal('x');
    expect(await errorOf(server.get('a', { IfMatch: '"other"' }))).to.deep.equal(['PreconditionFailed', 412]);
    expect((await errorOf(server.get('a', { IfNoneMatch: current })))[1]).to.equal(304);
    expect((await errorOf(server.head('a', { IfNoneMatch: current })))[1]).to.equal(304);
    expect((await errorOf(server.head('a', { IfMatch: '"other"' })))[1]).to.equal(412);
    expect((await server.get('a')).LastModified?.getTime()).to.equal(date.getTime());
    const [before, after] = [-1000, 1000].map((more) => new Date(date.getTime() + more));
    const [OK, UNCHANGED, FAILED] = [undefined, 304, 412];
    for (const [status, conditions] of [
      [OK, { IfModifiedSince: before }],
      [UNCHANGED, { IfModifiedSince: date }],
      [UNCHANGED, { IfModifiedSince: after }],
      [OK, { IfUnmodifiedSince: date }],
      [FAILED, { IfUnmodifiedSince: before }],
      // Entity tags have precedence over dates.
      [OK, { IfMatch: current, IfUnmodifiedSince: before }],
      [UNCHANGED, { IfNoneMatch: current, IfModifiedSince: before }],
      [OK, { IfNoneMatch: '"other"', IfModifiedSince: after }],
    ] as const) {
      for (const read of [server.get, server.head])
        expect((await errorOf(read('a', conditions)))[1], JSON.stringify(conditions)).to.equal(status);
    }
    const dated = { CopySource: `${Bucket}/a`, CopySourceIfModifiedSince: after };
    const copy = server.client.send(new CopyObjectCommand({ Bucket, Key: 'b', ...dated }));
    expect(await errorOf(copy)).to.deep.equal(['PreconditionFailed', 412]);
  });

  it('copies objects, with their metadata or with new metadata', async () => {
    await server.put('from/ä +%.txt', 'copied', { ContentType: 'a/b', Metadata: { kept: 'yes' } });
    const CopySource = `${Bucket}/${encodeURIComponent('from/ä +%.txt')}`;
    const copy = (Key: string, more = {}) =>
      server.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
    const { CopyObjectResult } = await copy('to/1');
    const one = await server.get('to/1');
    expect(one).to.deep.include({
      ContentType: 'a/b',
      Metadata: { kept: 'yes' },
      ETag: CopyObjectResult?.ETag,
    });
    expect(await one.Body?.transformToString()).to.equal('copied');
    await copy('to/2', { MetadataDirective: 'REPLACE', ContentType: 'c/d', Metadata: { own: '1' } });
    expect(await server.get('to/2')).to.deep.include({ ContentType: 'c/d', Metadata: { own: '1' } });
    expect(await errorOf(copy('to/3', { CopySourceIfMatch: 'x' }))).to.deep.equal([
      'PreconditionFailed',
      412,
    ]);
    expect(await errorOf(copy('to/3', { CopySourceIfNoneMatch: one.ETag }))).to.deep.equal([
      'PreconditionFailed',
      412,
    ]);
    expect(await errorOf(copy('from/ä +%.txt'))).to.deep.equal(['InvalidRequest', 400]);
    expect(await errorOf(copy('to/3', { CopySource: `${Bucket}/none` }))).to.deep.equal(['NoSuchKey', 404]);
    expect(await errorOf(copy('to/3', { CopySource: 'none/a' }))).to.deep.equal(['NoSuchBucket', 404]);
    const refused = await errorOf(copy('to/3', { MetadataDirective: 'replace' }));
    expect(refused).to.deep.equal(['InvalidArgument', 400]);
    expect(await errorOf(server.get('to/3'))).to.deep.equal(['NoSuchKey', 404]);
  });

  it('deletes objects, and folders that become empty', async () => {
    await server.put('a/b/c', '1');
    await server.put('a/d', '2');
    const remove = (Key: string, more = {}) =>
      server.client.send(new DeleteObjectCommand({ Bucket, Key, ...more }));
    expect(await errorOf(remove('a/b/c', { IfMatch: '"x"' }))).to.deep.equal(['PreconditionFailed', 412]);
    await remove('a/b/c');
    await remove('a/b/c');
    expect(await errorOf(server.get('a/b/c'))).to.deep.equal(['NoSuchKey', 404]);
    expect((await errorOf(server.client.send(new HeadObjectCommand({ Bucket, Key: 'a/b/c' }))))[1]).to.equal(
      404,
    );
    expect(await stat(join(server.folder, 'a/b')).catch(({ code }) => code)).to.equal('ENOENT');
    expect(await server.text('a/d')).to.equal('2');
    const Objects = [{ Key: 'a/d' }, { Key: 'none &<' }];
    const all = await server.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(all.Deleted).to.deep.equal(Objects);
    expect(await stat(join(server.folder, 'a')).catch(({ code }) => code)).to.equal('ENOENT');
  });

  it('knows its buckets, and refuses requests that are not implemented with an error that names them', async () => {
    const { client } = server;
    expect((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion).to.equal('us-east-1');
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).to.deep.equal([
      Bucket,
    ]);
    expect((await errorOf(client.send(new HeadBucketCommand({ Bucket: 'none' }))))[1]).to.equal(404);
    const tagged = await server.put('a', 'x', { Tagging: 'a=b' }).catch((error) => error);
    expect(tagged.message).to.contain('x-amz-tagging');
    expect(await errorOf(server.put('a', 'x', { Metadata: { big: 'x'.repeat(3000) } }))).to.deep.equal([
      'MetadataTooLarge',
      400,
    ]);
  });

  it('finds the bucket in the host as well', async () => {
    await server.put('dir/a', 'hosted');
    for (const host of [
      `${Bucket}.localhost:${server.port}`,
      `${Bucket}.s3.us-east-1.amazonaws.com`,
      `${Bucket}.s3.test`,
    ]) {
      const answer = await new Promise<string>((resolve, reject) => {
        request({ port: server.port, path: '/dir/a', headers: { host } }, (response) =>
          resolve(text(response)),
        )
          .on('error', reject)
          .end();
      });
      expect(answer).to.equal('hosted');
    }
  });

  it('gives the permissions that each request needs', async () => {
    const { client, needed } = server;
    const object = `arn:aws:s3:::${Bucket}/a b/ü`;
    const Key = 'a b/ü';
    const CopySource = `/${Bucket}/from%20here`;
    await server.put(Key, 'x');
    await server.put(Key, 'x', { IfMatch: '*' });
    await server.get(Key);
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a ', Delimiter: '/' }));
    await errorOf(client.send(new CopyObjectCommand({ Bucket, Key, CopySource })));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    await client.send(new ListBucketsCommand({}));
    await client.send(new GetBucketAclCommand({ Bucket }));
    expect(needed).to.deep.equal([
      [`s3:PutObject ${object}`],
      [`s3:PutObject ${object}`, `s3:GetObject ${object}`],
      [`s3:GetObject ${object}`],
      [`s3:GetObject ${object}`],
      [`s3:ListBucket arn:aws:s3:::${Bucket} s3:prefix a  s3:delimiter /`],
      [`s3:GetObject arn:aws:s3:::${Bucket}/from here`, `s3:PutObject ${object}`],
      [`s3:PutObject ${object}`],
      [`s3:AbortMultipartUpload ${object}`],
      [`s3:DeleteObject ${object}`],
      [`s3:DeleteObject arn:aws:s3:::${Bucket}/*`],
      ['s3:ListAllMyBuckets *'],
      [`s3:GetBucketAcl arn:aws:s3:::${Bucket}`],
    ]);
  });

  it('reveals that a key is missing only to clients that may list the bucket', async () => {
    await server.close();
    server = await startServer({
      isAllowed: (_caller, { action, resources }) =>
        action === 's3:DeleteObject' && /mine/.test(resources.join()),
    });
    await server.put('mine', '1');
    await server.put('yours', '2');
    expect(await errorOf(server.get('none'))).to.deep.equal(['AccessDenied', 403]);
    const Objects = [{ Key: 'mine' }, { Key: 'yours' }];
    const answer = await server.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted).to.deep.equal([{ Key: 'mine' }]);
    expect(answer.Errors?.map(({ Key, Code }) => [Key, Code])).to.deep.equal([['yours', 'AccessDenied']]);
    expect(await server.text('yours')).to.equal('2');
  });
});

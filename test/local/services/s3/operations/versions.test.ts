/** Requests that name a version: every object has one version, `null`, and it is never mistaken for another version. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from '../server';

/** A version id in the form of S3's ids. */
const OTHER = 'KC0WuaPTHv7At3olS.BPuH.weAJqMkKJ';
const DONE = ['no error', undefined];

describe('S3 versions', () => {
  let server: TestServer;
  const Key = 'a';
  beforeEach(async () => {
    server = await startServer();
    writeFileSync(join(server.folder, Key), 'hello');
  });
  afterEach(() => server.close());
  const content = () => readFileSync(join(server.folder, Key), 'utf8');
  const input = (VersionId: string) => ({ Bucket, Key, VersionId });

  it('that do not exist are not read, copied or deleted', async () => {
    const { client } = server;
    for (const [VersionId, read, head] of [
      [OTHER, ['NoSuchVersion', 404], ['NotFound', 404]],
      ['no-such-version', ['InvalidArgument', 400], ['400', 400]],
    ] as const) {
      expect(await errorOf(client.send(new GetObjectCommand(input(VersionId))))).to.deep.equal(read);
      expect(await errorOf(client.send(new GetObjectTaggingCommand(input(VersionId))))).to.deep.equal(read);
      expect((await errorOf(client.send(new HeadObjectCommand(input(VersionId)))))[1]).to.equal(head[1]);
      const CopySource = `${Bucket}/${Key}?versionId=${VersionId}`;
      const copy = client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
      expect((await errorOf(copy))[0]).to.equal('NoSuchVersion');
      await errorOf(client.send(new DeleteObjectCommand(input(VersionId))));
      expect(content()).to.equal('hello');
    }
    // S3 accepts that such a version does not exist.
    const { VersionId } = await client.send(new DeleteObjectCommand(input(OTHER)));
    expect(VersionId).to.equal(OTHER);
    expect((await errorOf(client.send(new DeleteObjectCommand(input('other')))))[0]).to.equal(
      'InvalidArgument',
    );
    for (const query of ['versionId=', 'versionId', `versionId=${OTHER}&versionId=null`]) {
      await fetch(`${server.endpoint}/${Bucket}/${Key}?${query}`, { method: 'DELETE' });
      expect(content(), query).to.equal('hello');
    }
    const write = await fetch(`${server.endpoint}/${Bucket}/${Key}?versionId=null`, {
      method: 'PUT',
      body: 'x',
    });
    expect(await write.text()).to.contain('This operation does not accept a version-id.');
    expect(content()).to.equal('hello');
  });

  it('are deleted many at once, each with its own outcome', async () => {
    const Objects = [OTHER, 'no-such-version', ''].map((VersionId) => ({ Key, VersionId }));
    const { Deleted, Errors } = await server.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted).to.deep.equal([{ Key, VersionId: OTHER }]);
    expect(Errors?.map(({ Code }) => Code)).to.deep.equal(['NoSuchVersion', 'NoSuchVersion']);
    expect(content()).to.equal('hello');
    const present = { Objects: [{ Key, VersionId: 'null' }] };
    const all = await server.client.send(new DeleteObjectsCommand({ Bucket, Delete: present }));
    expect(all.Deleted).to.deep.equal([{ Key, VersionId: 'null' }]);
    expect(await errorOf(server.client.send(new GetObjectCommand({ Bucket, Key })))).to.deep.equal([
      'NoSuchKey',
      404,
    ]);
  });

  it('with the name null are the existing objects', async () => {
    const { client } = server;
    const { Body } = await client.send(new GetObjectCommand(input('null')));
    expect(await Body?.transformToString()).to.equal('hello');
    await client.send(
      new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a?versionId=null` }),
    );
    server.needed.length = 0;
    expect(await errorOf(client.send(new DeleteObjectCommand(input('null'))))).to.deep.equal(DONE);
    expect(server.needed).to.deep.equal([[`s3:DeleteObjectVersion arn:aws:s3:::${Bucket}/a`]]);
    expect(await errorOf(client.send(new HeadObjectCommand({ Bucket, Key })))).to.deep.equal([
      'NotFound',
      404,
    ]);
  });

  it('are listed in pages, with their common prefixes', async () => {
    for (const each of ['b/1', 'b/2', 'c', 'd d']) {
      await server.client.send(new PutObjectCommand({ Bucket, Key: each, Body: '1' }));
    }
    const pages: string[] = [];
    let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (next) {
      const page: Awaited<ReturnType<typeof list>> = await list(next);
      const versions = page.Versions?.map((each) => `${each.Key} ${each.VersionId} ${each.IsLatest}`) ?? [];
      pages.push([...versions, ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix)].sort().join('|'));
      next = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    }
    expect(pages).to.deep.equal(['a null true|b/', 'c null true|d d null true']);
    const alone = server.client.send(new ListObjectVersionsCommand({ Bucket, VersionIdMarker: 'null' }));
    expect(await errorOf(alone)).to.deep.equal(['InvalidArgument', 400]);
  });

  const list = (more: object) =>
    server.client.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/', MaxKeys: 2, ...more }));
});

/** The objects below a prefix, in an S3 over HTTP; and pages of a listing, which S3 may end anywhere. */
import { Readable } from 'node:stream';
import { PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { Candidate } from '../../../../runtime/selector/candidate';
import { listError, listPrefix, type PrefixPosition } from '../../../../runtime/selector/sources/prefix';
import { BUCKET, startServer, type TestServer } from '../../../local/services/s3/server';
import { s3Answering } from '../../support/s3-answering';

const failed = (httpStatusCode: number) =>
  new S3ServiceException({ name: 'E', $fault: 'client', $metadata: { httpStatusCode } });

describe('the objects below a prefix', () => {
  describe('in S3', () => {
    let server: TestServer;
    before(async () => {
      server = await startServer();
    });
    after(() => server.close());

    it('have the details that S3 gives, and no folder markers are among them', async () => {
      // The clock of the file system is a tick behind.
      const started = Math.floor(Date.now() / 1000 - 1) * 1000;
      const objects: [string, string][] = [
        ['a/', ''],
        ['a/ü +%2B.txt', 'four'],
        ['a/empty', ''],
        ['a/not a marker/', 'content'],
        ['b', 'x'],
      ];
      for (const [Key, Body] of objects)
        await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.from(Body) }));
      const pages = listPrefix(server.client, { bucket: BUCKET, prefix: 'a/', written: [] });
      const [page, ...more] = await Readable.from(pages).toArray();
      expect(more).to.deep.equal([]);
      expect(page).to.deep.include({ passedOver: 1, next: { after: 'a/ü +%2B.txt' } });
      const found: Candidate[] = page.candidates;
      expect(found.map(({ key, size }) => [key, size])).to.deep.equal([
        ['a/empty', 0],
        ['a/not a marker/', 7],
        ['a/ü +%2B.txt', 4],
      ]);
      expect(found[2]).to.include({ storageClass: 'STANDARD', etag: '8cbad96aced40b3838dd9f07f6ef5772' });
      expect(found[2]?.modified).to.be.within(started, Date.now());
    });
  });

  describe('page by page', () => {
    let asked: Record<string, unknown>[];
    /** S3 with pages of two keys. */
    const pagesOf = (keys: string[]) => {
      asked = [];
      return s3Answering(({ query }) => {
        asked.push(query);
        const left = keys.filter((key) => key > String(query['start-after'] ?? ''));
        const entries = left.slice(0, 2).map((key) => `<Contents><Key>${key}</Key></Contents>`);
        const xml = `<ListBucketResult><IsTruncated>${left.length > 2}</IsTruncated>${entries.join('')}</ListBucketResult>`;
        return { statusCode: 200, body: Buffer.from(xml) };
      });
    };
    const listed = async (keys: string[], prefix: string, written: string[], from?: PrefixPosition) => {
      const found: string[][] = [];
      for await (const { candidates } of listPrefix(pagesOf(keys), { bucket: 'b', prefix, written }, from))
        found.push(candidates.map(({ key }) => key));
      return found;
    };
    const starts = () => asked.map((query) => query['start-after']);

    it('go on after the last key of a page, as long as there is another', async () => {
      expect(await listed(['a', 'b', 'c', 'd', 'e'], '', [])).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
      expect(starts()).to.deep.equal([undefined, 'b', 'd']);
      expect(asked[0]).to.include({ 'list-type': '2', 'encoding-type': 'url', prefix: '' });
      expect(await listed(['a', 'b', 'c', 'd', 'e'], '', [], { after: 'b' })).to.deep.equal([
        ['c', 'd'],
        ['e'],
      ]);
      expect(await listed([], 'x/', [])).to.deep.equal([]);
      expect(asked[0]).to.include({ prefix: 'x/' });
    });

    it('have the storage class that S3 gives, and STANDARD if S3 leaves it out', async () => {
      const contents = ['<Key>a</Key><StorageClass>GLACIER</StorageClass>', '<Key>b</Key>'];
      const xml = contents.map((content) => `<Contents>${content}</Contents>`).join('');
      const s3 = s3Answering(() => ({
        statusCode: 200,
        body: Buffer.from(`<ListBucketResult>${xml}</ListBucketResult>`),
      }));
      const [page] = await Readable.from(listPrefix(s3, { bucket: 'b', prefix: '', written: [] })).toArray();
      const found: Candidate[] = page.candidates;
      expect(found.map(({ storageClass }) => storageClass)).to.deep.equal(['GLACIER', 'STANDARD']);
    });

    it('leave out the objects that this system writes, and do not even list them', async () => {
      const keys = ['a', 'out/1', 'out/2', 'out/3', 'out0', 'z'];
      expect(await listed(keys, '', ['out/', 'other/'])).to.deep.equal([['a'], ['out0', 'z']]);
      expect(starts()).to.deep.equal([undefined, 'out/\u{10ffff}']);
    });

    it('include the objects that this system writes if the prefix itself names them, or is below theirs', async () => {
      const keys = ['out/1', 'out/copy/1'];
      expect(await listed(keys, 'out/', ['out/', 'out/copy/'])).to.deep.equal([['out/1']]);
      expect(await listed(keys.slice(1), 'out/copy/', ['out/'])).to.deep.equal([['out/copy/1']]);
    });
  });

  it('that may not be listed are an error that no retry changes', () => {
    const errorOf = (error: unknown) => listError(error, 'theirs', 'a/"b"/');
    expect(errorOf(failed(404))).to.include({
      name: 'InvalidSelection',
      message: 'There is no bucket theirs',
    });
    const denied = errorOf(failed(403));
    expect(denied).to.include({ name: 'InvalidSelection' });
    expect(denied)
      .to.have.property('message')
      .that.matches(
        /^The selector may not list "a\/\\"b\\"\/" in the bucket theirs: ask its owner for the policy in docs\/buckets\.md/,
      );
    for (const other of [
      failed(503),
      Object.assign(new Error('reset'), { $metadata: { httpStatusCode: 404 } }),
    ])
      expect(errorOf(other)).to.equal(other);
  });
});

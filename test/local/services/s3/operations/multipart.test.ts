import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { expect } from 'chai';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from '../server';

const MIB = 1024 ** 2;
const md5 = (content: Buffer) => createHash('md5').update(content).digest();

describe('S3 multipart uploads', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  const Key = 'big/one';
  const create = async (more = {}) =>
    (await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId;
  const uploadPart = (UploadId: string | undefined, PartNumber: number, Body: Buffer, more = {}) =>
    server.client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
  const complete = (UploadId: string | undefined, Parts: object[], more = {}) =>
    server.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
    );
  const read = async () => {
    const { Body } = await server.client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };

  it("take what lib-storage's Upload sends", async () => {
    const content = randomBytes(12 * MIB);
    const chunks = Array.from({ length: 12 }, (_, index) => content.subarray(index * MIB, (index + 1) * MIB));
    const upload = new Upload({
      client: server.client,
      params: { Bucket, Key, Body: Readable.from(chunks), ContentType: 'a/b', Metadata: { of: 'upload' } },
    });
    const done = await upload.done();
    expect(done.ETag).to.match(/^"[0-9a-f]{32}-3"$/);
    expect(done.ChecksumCRC32).to.match(/-3$/);
    expect((await read()).equals(content)).to.equal(true);
    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head).to.deep.include({ ETag: done.ETag, ContentType: 'a/b', Metadata: { of: 'upload' } });
    expect(head).to.include({ ChecksumCRC32: done.ChecksumCRC32, ChecksumType: 'COMPOSITE' });
    expect(await server.unfinished()).to.deep.equal([]);
  });

  it('are made of the parts that are listed, in their order, each as it was sent last', async () => {
    const [one, two, four] = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(10)];
    const UploadId = await create({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const last = await uploadPart(UploadId, 4, four);
    await uploadPart(UploadId, 1, two);
    const first = await uploadPart(UploadId, 1, one);
    await uploadPart(UploadId, 3, randomBytes(100));
    await server.client.send(
      new PutObjectCommand({ Bucket, Key: 'source', Body: Buffer.concat([four, two]) }),
    );
    const range = `bytes=10-${5 * MIB + 9}`;
    const copy = { CopySource: `${Bucket}/source`, CopySourceRange: range };
    const copied = await server.client.send(
      new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 2, ...copy }),
    );
    const done = await complete(UploadId, [
      { PartNumber: 1, ETag: first.ETag },
      { PartNumber: 2, ETag: copied.CopyPartResult?.ETag },
      { PartNumber: 4, ETag: last.ETag },
    ]);
    const whole = Buffer.concat([one, two, four]);
    expect((await read()).equals(whole)).to.equal(true);
    expect(done.ETag).to.equal(`"${md5(Buffer.concat([one, two, four].map(md5))).toString('hex')}-3"`);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(whole));
    expect(done).to.include({ ChecksumCRC32: checksum.toString('base64'), ChecksumType: 'FULL_OBJECT' });
    expect(await server.unfinished()).to.deep.equal([]);
  });

  it('are refused if their parts are not right, and can still be completed', async () => {
    const UploadId = await create();
    const [small, large] = [
      await uploadPart(UploadId, 1, Buffer.from('1')),
      await uploadPart(UploadId, 2, Buffer.from('2')),
    ];
    const parts = [
      { PartNumber: 1, ETag: small.ETag },
      { PartNumber: 2, ETag: large.ETag },
    ];
    expect(await errorOf(complete(UploadId, parts))).to.deep.equal(['EntityTooSmall', 400]);
    expect(await errorOf(complete(UploadId, [...parts].reverse()))).to.deep.equal(['InvalidPartOrder', 400]);
    expect(await errorOf(complete(UploadId, [{ PartNumber: 1, ETag: '"x"' }]))).to.deep.equal([
      'InvalidPart',
      400,
    ]);
    expect(await errorOf(complete(UploadId, [{ PartNumber: 9, ETag: '"x"' }]))).to.deep.equal([
      'InvalidPart',
      400,
    ]);
    expect(await errorOf(complete(UploadId, []))).to.deep.equal(['MalformedXML', 400]);
    expect(await errorOf(complete('none', parts))).to.deep.equal(['NoSuchUpload', 404]);
    expect(await errorOf(uploadPart(UploadId, 10_001, Buffer.from('x')))).to.deep.equal([
      'InvalidArgument',
      400,
    ]);
    const { client } = server;
    const part = { Bucket, Key, UploadId, PartNumber: 3, CopySource: `${Bucket}/there` };
    await client.send(new PutObjectCommand({ Bucket, Key: 'there', Body: '0123456789' }));
    for (const CopySourceRange of [
      'bytes=0-10',
      'bytes=5-2',
      'bytes=5-',
      'bytes=-5',
      'bytes=a-b',
      '0-1',
      '',
    ]) {
      const sent = client.send(new UploadPartCopyCommand({ ...part, CopySourceRange }));
      expect(await errorOf(sent), CopySourceRange).to.deep.equal(['InvalidArgument', 400]);
    }
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'there' }));
    expect(await errorOf(complete(UploadId, parts.slice(0, 1), { MpuObjectSize: 2 }))).to.deep.equal([
      'InvalidRequest',
      400,
    ]);
    expect(await errorOf(create({ ChecksumType: 'COMPOSITE' }))).to.deep.equal(['InvalidRequest', 400]);
    expect(await errorOf(create({ ChecksumAlgorithm: 'CRC99' }))).to.deep.equal(['InvalidRequest', 400]);
    const ChecksumCRC32 = 'AAAAAA==';
    expect(await errorOf(uploadPart(UploadId, 3, Buffer.from('x'), { ChecksumCRC32 }))).to.deep.equal([
      'BadDigest',
      400,
    ]);
    await server.client.send(new PutObjectCommand({ Bucket, Key, Body: 'there' }));
    const only = parts.slice(0, 1);
    expect(await errorOf(complete(UploadId, only, { IfNoneMatch: '*' }))).to.deep.equal([
      'PreconditionFailed',
      412,
    ]);
    expect(await server.unfinished()).to.have.length(2);
    const both = await Promise.all([errorOf(complete(UploadId, only)), errorOf(complete(UploadId, only))]);
    expect(both.map(([name]) => name).sort()).to.deep.equal(['NoSuchUpload', 'no error']);
    expect((await read()).toString()).to.equal('1');
    expect(await server.unfinished()).to.deep.equal([]);
  });

  it('leave nothing when they are aborted', async () => {
    const UploadId = await create();
    await uploadPart(UploadId, 1, Buffer.from('1'));
    expect(await server.unfinished()).to.have.length(1);
    await server.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect(await server.unfinished()).to.deep.equal([]);
    expect(await errorOf(uploadPart(UploadId, 1, Buffer.from('1')))).to.deep.equal(['NoSuchUpload', 404]);
    expect(
      await errorOf(server.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))),
    ).to.deep.equal(['NoSuchUpload', 404]);
  });

  it('are listed while they are open, by key and in the order of creation, and so are their parts', async () => {
    const made: string[] = [];
    for (const Key of ['b/2', 'a', 'b/1', 'a', 'c d']) {
      const { UploadId } = await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      made.push(UploadId ?? '');
    }
    const [ofB2, first, ofB1, second, ofC] = made;
    const uploads = async (input = {}) => {
      const found: string[] = [];
      let markers: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
      while (markers) {
        const page: ListMultipartUploadsCommandOutput = await server.client.send(
          new ListMultipartUploadsCommand({ Bucket, ...input, ...markers }),
        );
        found.push(...(page.Uploads ?? []).map((each) => `${each.Key} ${each.UploadId}`));
        found.push(...(page.CommonPrefixes ?? []).map((each) => each.Prefix ?? ''));
        markers = page.IsTruncated
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : undefined;
      }
      return found;
    };
    const all = [`a ${first}`, `a ${second}`, `b/1 ${ofB1}`, `b/2 ${ofB2}`, `c d ${ofC}`];
    for (const MaxUploads of [1, 2, 1000]) {
      expect(await uploads({ MaxUploads })).to.deep.equal(all);
      expect(await uploads({ MaxUploads, Prefix: 'b/' })).to.deep.equal(all.slice(2, 4));
      expect((await uploads({ MaxUploads, Delimiter: '/' })).sort()).to.deep.equal(
        [`a ${first}`, `a ${second}`, 'b/', `c d ${ofC}`].sort(),
      );
    }
    expect(await uploads({ EncodingType: 'url', Prefix: 'c' })).to.deep.equal([`c+d ${ofC}`]);
    expect(await uploads({ KeyMarker: 'a' })).to.deep.equal(all.slice(2));

    const upload = { Bucket, Key: 'a', UploadId: first };
    for (const PartNumber of [7, 2, 10_000])
      await server.client.send(
        new UploadPartCommand({ ...upload, PartNumber, Body: 'x'.repeat(PartNumber % 10) }),
      );
    const parts = await server.client.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(parts.Parts?.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag])).to.deep.equal([
      [2, 2, `"${md5(Buffer.from('xx')).toString('hex')}"`],
      [7, 7, `"${md5(Buffer.from('xxxxxxx')).toString('hex')}"`],
    ]);
    expect(parts).to.deep.include({ IsTruncated: true, NextPartNumberMarker: '7', StorageClass: 'STANDARD' });
    const rest = await server.client.send(new ListPartsCommand({ ...upload, PartNumberMarker: '7' }));
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).to.deep.equal([10_000]);
    await server.client.send(new AbortMultipartUploadCommand(upload));
    expect(await errorOf(server.client.send(new ListPartsCommand(upload)))).to.deep.equal([
      'NoSuchUpload',
      404,
    ]);
    expect(await uploads({ Prefix: 'a' })).to.deep.equal([`a ${second}`]);
  });
});

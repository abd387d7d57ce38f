/** Buckets of other owners and regions, requester pays, and storage classes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3ServiceException,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { BUCKET, startServer, type TestServer } from './server';

const [OURS, THEIRS] = ['000000000000', '111122223333'];

describe("the local S3's buckets", () => {
  let folder: string;
  let server: TestServer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 's3-buckets-'));
    server = await startServer({
      account: OURS,
      buckets: {
        [BUCKET]: { folder: join(folder, 'ours'), owner: OURS, requesterPays: true },
        theirs: { folder: join(folder, 'theirs'), owner: THEIRS, region: 'eu-west-1' },
        paid: { folder: join(folder, 'paid'), owner: THEIRS, requesterPays: true },
      },
    });
    for (const Bucket of [BUCKET, 'theirs', 'paid'])
      await server.client.send(
        new PutObjectCommand({ Bucket, Key: 'k', Body: Bucket, RequestPayer: 'requester' }),
      );
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const get = (Bucket: string, more = {}) =>
    server.client
      .send(new GetObjectCommand({ Bucket, Key: 'k', ...more }))
      .then(({ Body }) => Body?.transformToString());
  const denied = async (Bucket: string, more = {}) => {
    const error = (await failure(get(Bucket, more))) as S3ServiceException;
    expect([error.name, error.$metadata.httpStatusCode]).to.deep.equal(['AccessDenied', 403]);
  };

  it('refuse a request that expects another owner', async () => {
    expect(await get('theirs', { ExpectedBucketOwner: THEIRS })).to.equal('theirs');
    expect(await get(BUCKET, { ExpectedBucketOwner: OURS })).to.equal(BUCKET);
    await denied('theirs', { ExpectedBucketOwner: OURS });
    await denied(BUCKET, { ExpectedBucketOwner: THEIRS });
  });

  it('give policies their account', async () => {
    server.needed.length = 0;
    await get('theirs');
    expect(server.needed).to.deep.equal([
      [`s3:GetObject arn:aws:s3:::theirs/k s3:ResourceAccount ${THEIRS} aws:ResourceAccount ${THEIRS}`],
    ]);
  });

  it('require another account to say that it pays, but never their own', async () => {
    expect(await get('paid', { RequestPayer: 'requester' })).to.equal('paid');
    await denied('paid');
    expect(await get(BUCKET)).to.equal(BUCKET);
  });

  it('give their regions', async () => {
    const region = async (Bucket: string) =>
      (await server.client.send(new HeadBucketCommand({ Bucket }))).BucketRegion;
    expect([await region(BUCKET), await region('theirs')]).to.deep.equal(['us-east-1', 'eu-west-1']);
  });

  describe('with objects of several storage classes', () => {
    const CLASSES: StorageClass[] = ['STANDARD', 'STANDARD_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];
    const Bucket = BUCKET;
    before(async () => {
      for (const name of CLASSES)
        await server.client.send(
          new PutObjectCommand({ Bucket, Key: `class/${name}`, Body: 'x', StorageClass: name }),
        );
    });

    it('list and describe each with its class', async () => {
      const { Contents = [] } = await server.client.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'class/' }),
      );
      expect(Contents.map(({ StorageClass }) => StorageClass)).to.have.members(CLASSES);
      for (const name of CLASSES) {
        const head = await server.client.send(new HeadObjectCommand({ Bucket, Key: `class/${name}` }));
        expect(head.StorageClass).to.equal(name === 'STANDARD' ? undefined : name);
      }
    });

    it('give the content of those that are not archived', async () => {
      for (const name of CLASSES) {
        const read = server.client.send(new GetObjectCommand({ Bucket, Key: `class/${name}` }));
        if (!/^(GLACIER|DEEP_ARCHIVE)$/.test(name)) {
          expect(await (await read).Body?.transformToString()).to.equal('x');
          continue;
        }
        const error = (await failure(read)) as S3ServiceException & { StorageClass?: string };
        expect([error.name, error.$metadata.httpStatusCode]).to.deep.equal(['InvalidObjectState', 403]);
        expect(error.StorageClass).to.equal(name);
      }
    });

    it('copy into the standard class, or the one that the copy names', async () => {
      const copied = async (more = {}) => {
        const CopySource = `${Bucket}/class/STANDARD_IA`;
        await server.client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...more }));
        return (await server.client.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).StorageClass;
      };
      expect(await copied()).to.equal(undefined);
      expect(await copied({ StorageClass: 'GLACIER' })).to.equal('GLACIER');
    });
  });
});

/** Objects that change while a run goes on. The names are those of docs/reliability.md. */
import { createHash } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import type { ExecutionInput } from '../../runtime/contract';
import { parseProvenance } from '../../runtime/provenance';
import { synthesizeForTest, TestCloud } from '../support/cloud';

const MIB = 2 ** 20;
const INPUT: ExecutionInput = { worker_count: 1, prefix: 'in/' };
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('reliability: changing objects', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  /** Called for each read by a worker, before S3 answers it. */
  let reading: (count: number) => Promise<void> | void;

  before(async () => {
    stack = await synthesizeForTest({ BATCH_SLOTS_PER_WORKER: '1', BATCH_PROVISION_POLL_SECONDS: '1' });
  });
  after(() => stack.remove());
  beforeEach(async () => {
    let reads = 0;
    test = await TestCloud.start(stack.stackFolder, {
      intercept: ({ action, caller }) => {
        if (action !== 'GetObject' || !caller?.roleName?.includes('worker')) return;
        reads += 1;
        return reading(reads);
      },
    });
  });
  afterEach(() => test.close());

  const put = async (Key: string, Body: Buffer) => {
    const Bucket = test.deployment.bucketName;
    const { ETag = '' } = await test.clients.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    return { etag: ETag.replaceAll('"', ''), sha256: sha256(Body) };
  };
  /** The version of the source that the output records, by its metadata and by its content. */
  const recorded = async (key: string) => {
    const Bucket = test.deployment.bucketName;
    const { Metadata } = await test.clients.s3.send(
      new HeadObjectCommand({ Bucket, Key: `processed/${key}` }),
    );
    const { sha256: read } = JSON.parse(await test.read(`processed/${key}`));
    return { etag: parseProvenance(Metadata ?? {})?.etag, sha256: read };
  };

  describe('the object changes between listing and reading', () => {
    it('the output records the version that was read', async () => {
      await put('in/a', Buffer.from('as it was listed'));
      let changed: Awaited<ReturnType<typeof put>> | undefined;
      reading = async () => {
        changed ??= await put('in/a', Buffer.from('as it was read'));
      };
      expect((await test.run(INPUT)).results).to.include({ succeeded: 1, failed: 0 });
      expect(await recorded('in/a')).to.deep.equal(changed);
      expect((await test.run(INPUT)).results).to.include({ skipped: 1 });
    });

    it('is never a mix of two versions when it is overwritten while it is read, and the next run takes the new one', async () => {
      const first = await put('in/a', Buffer.alloc(32 * MIB, 'first'));
      let second: Promise<Awaited<ReturnType<typeof put>>> | undefined;
      reading = () => {
        // The test does not await this: the read goes on meanwhile.
        second ??= put('in/a', Buffer.alloc(32 * MIB, 'second'));
      };
      expect((await test.run(INPUT)).results).to.include({ succeeded: 1, failed: 0 });
      const latest = await second;
      expect([first, latest]).to.deep.include(await recorded('in/a'));
      await test.run(INPUT);
      expect(await recorded('in/a')).to.deep.equal(latest);
    });
  });
});

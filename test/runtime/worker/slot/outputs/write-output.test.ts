/** How an output is written, in an S3 over HTTP. */
import { Readable } from 'node:stream';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { ObjectStore } from '../../../../../runtime/s3/object-store';
import { writeOutput } from '../../../../../runtime/worker/slot/outputs/write-output';
import { TaskError } from '../../../../../runtime/worker/task-error';
import { BUCKET, startServer, type TestServer } from '../../../../local/services/s3/server';
import { failure } from '../../../../support/failure';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('writing an output', () => {
  let server: TestServer;
  let gathered: number[];
  beforeEach(async () => {
    server = await startServer();
    gathered = [];
  });
  afterEach(() => server.close());

  const stream = (...sizes: number[]) => Readable.from(sizes.map((size) => Buffer.alloc(size, 'x')));
  const write = (body: Buffer | Readable, more: object = {}, bucket = BUCKET) =>
    writeOutput(
      new ObjectStore(server.client, bucket),
      {
        key: 'processed/a',
        sourceSize: 1,
        provenance: {},
        onGathered: (bytes) => gathered.push(bytes),
        ...more,
      },
      { suffix: '', body },
    );
  /** Parts of the object; 0 if it was written in one piece. */
  const parts = async () => {
    const { ETag = '' } = await server.client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: 'processed/a' }),
    );
    return Number(/-(\d+)"$/.exec(ETag)?.[1] ?? 0);
  };
  const requests = (action: string) =>
    server.needed.flat().filter((need) => need.startsWith(`s3:${action} `)).length;

  it('is one request for up to the size of a part, and the bytes are held until then', async () => {
    for (const body of [Buffer.alloc(5 * MIB), stream(2 * MIB, 3 * MIB)]) {
      expect(await write(body)).to.equal(5 * MIB);
      expect(await parts()).to.equal(0);
    }
    expect(gathered).to.deep.equal([5 * MIB, 5 * MIB]);
  });

  it('is in parts beyond that, and none is held in the end', async () => {
    for (const body of [Buffer.alloc(5 * MIB + 1), stream(5 * MIB, 1)]) {
      expect(await write(body)).to.equal(5 * MIB + 1);
      expect(await parts()).to.equal(2);
    }
    expect(gathered).to.deep.equal([0, 0]);
  });

  it('is in larger parts for a large source, so that 10,000 of them are enough', async () => {
    // Its output may have 80 GiB: parts of 8.2 MiB.
    await write(stream(...Array(17).fill(MIB)), { sourceSize: 20 * GIB });
    expect(await parts()).to.equal(3);
  });

  describe('without an earlier check of existing objects', () => {
    const foreign = new TaskError('ForeignOutput', 'it is not ours');
    const there = () =>
      server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'processed/a', Body: 'there' }));
    let asked: string[];
    const ours = async (key: string) => void asked.push(key);
    const theirs = async () => {
      throw foreign;
    };
    beforeEach(() => {
      asked = [];
    });

    it('takes one request if the key is free', async () => {
      await write(Buffer.from('new'), { checkOwner: ours });
      expect([asked, requests('PutObject')]).to.deep.equal([[], 1]);
    });

    it('reads the provenance of an existing object, and overwrites only an output of its own', async () => {
      await there();
      expect(await write(Buffer.from('new'), { checkOwner: ours })).to.equal(3);
      expect(asked).to.deep.equal(['processed/a']);
      expect(await failure(write(Buffer.from('newer'), { checkOwner: theirs }))).to.equal(foreign);
      const { ContentLength } = await server.client.send(
        new HeadObjectCommand({ Bucket: BUCKET, Key: 'processed/a' }),
      );
      expect(ContentLength).to.equal(3);
    });

    it('reads it before the first part of a large output', async () => {
      expect(await failure(write(stream(5 * MIB, 1), { checkOwner: theirs }))).to.equal(foreign);
      expect(requests('PutObject')).to.equal(0);
      await write(stream(5 * MIB, 1), { checkOwner: ours });
      expect(asked).to.deep.equal(['processed/a']);
    });

    it('fails for any other error of S3', async () => {
      const error = await failure(write(Buffer.from('new'), { checkOwner: ours }, 'gone'));
      expect(error).to.be.an.instanceOf(TaskError);
      expect(asked).to.deep.equal([]);
    });
  });
});

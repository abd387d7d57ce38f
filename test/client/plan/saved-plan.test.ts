/** Plans in the bucket. */
import { PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { readPrediction, savePlan } from '../../../client/plan/saved-plan';
import { tablePrices } from '../../../runtime/cost/prices';
import { BUCKET, startServer } from '../../local/services/s3/server';
import { failure } from '../../support/failure';

const PLAN = {
  basis: {
    objects: 100,
    bytes: 1000,
    processorSeconds: 1,
    storageSeconds: 0,
    outputsPerObject: 1,
    outputBytesPerObject: 10,
    fleet: {
      instanceType: 'm6i.large',
      spot: false,
      diskGiB: 30,
      publicIp: true,
      slotsPerWorker: 2,
      maxWorkers: 10,
    },
  },
  prices: tablePrices('us-east-1', 'm6i.large'),
};
const connectionOf = (s3: unknown) =>
  ({ clients: { s3 }, deployment: { bucketName: BUCKET, manifestsPrefix: 'manifests/' } }) as never;
const answering = (httpStatusCode: number) =>
  connectionOf({
    send: async () => {
      throw new S3ServiceException({ name: 'Refused', $fault: 'client', $metadata: { httpStatusCode } });
    },
  });

describe('a plan in the bucket', () => {
  it('is found by the name of its execution', async () => {
    const server = await startServer();
    try {
      const connection = connectionOf(server.client);
      expect(await savePlan(connection, 'nightly-7', PLAN)).to.equal(true);
      const prediction = await readPrediction(connection, 'nightly-7', 2);
      expect(prediction?.seconds).to.be.within(100, 200);
      expect(prediction?.dollars).to.be.above(0);
      expect(await readPrediction(connection, 'nightly-8', 2)).to.equal(undefined);
    } finally {
      await server.close();
    }
  });

  it('is ignored if it is damaged', async () => {
    const server = await startServer();
    try {
      const connection = connectionOf(server.client);
      for (const Body of ['{"basis"', 'null', '{}', '{"basis":{"objects":"many"},"prices":{}}']) {
        const command = new PutObjectCommand({ Bucket: BUCKET, Key: 'manifests/nightly-7/plan.json', Body });
        await server.client.send(command);
        expect(await readPrediction(connection, 'nightly-7', 2), Body).to.equal(undefined);
      }
    } finally {
      await server.close();
    }
  });

  it('is ignored if the caller may not write or read it', async () => {
    expect(await savePlan(answering(403), 'a', PLAN)).to.equal(false);
    expect(await readPrediction(answering(403), 'a', 2)).to.equal(undefined);
    expect(await failure(savePlan(answering(500), 'a', PLAN))).to.include({ name: 'Refused' });
  });
});

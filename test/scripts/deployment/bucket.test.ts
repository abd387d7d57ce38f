/** Objects are deleted by real requests to a bucket of the local S3. */
import type { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { deleteObjects } from '../../../scripts/deployment/bucket';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { failure } from '../../support/failure';

describe('deleting objects', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  it('deletes only those that are named', async () => {
    for (const key of ['a', 'b', 'c']) await server.put(key);
    await deleteObjects(server.client, BUCKET, [{ Key: 'a' }, { Key: 'c' }, { Key: 'not there' }]);
    expect(await server.keys()).to.deep.equal(['b']);
  });

  it('deletes as many in a request as S3 accepts, and sends no request if there are no objects', async () => {
    const asked: number[] = [];
    server.client.middlewareStack.add(
      (next) => (args) => {
        asked.push((args.input as DeleteObjectsCommand['input']).Delete?.Objects?.length ?? 0);
        return next(args);
      },
      { step: 'initialize' },
    );
    await deleteObjects(server.client, BUCKET, []);
    const objects = Array.from({ length: 1001 }, (_, number) => ({ Key: String(number) }));
    await deleteObjects(server.client, BUCKET, objects);
    expect(asked).to.deep.equal([1000, 1]);
  });

  it('fails with the first object that S3 does not delete', async () => {
    server.client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        Object.assign(answer.output, { Errors: [{ Key: 'a', Code: 'AccessDenied', Message: 'no' }] });
        return answer;
      },
      { step: 'initialize' },
    );
    const error = await failure(deleteObjects(server.client, BUCKET, [{ Key: 'a' }]));
    expect(error.message).to.equal('a could not be deleted: AccessDenied: no');
  });
});

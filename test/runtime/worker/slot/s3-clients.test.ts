/** A slot's requests to S3, to a server that is slow or silent. */
import { mock } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { createS3Clients } from '../../../../runtime/worker/slot/s3-clients';
import { failure } from '../../../support/failure';
import { isSettled } from '../../support/settled';
import { SilentServer } from '../../support/silent-server';

const OBJECT = { Bucket: 'bucket', Key: 'key' };

describe("a slot's requests to S3", () => {
  let server: SilentServer;
  let s3: S3Client;
  beforeEach(async () => {
    server = await SilentServer.start();
    s3 = createS3Clients({}).own;
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => {
    mock.reset();
    mock.timers.reset();
    s3.destroy();
    server.close();
  });

  it('are tried five times, 60 s each', async () => {
    mock.method(Math, 'random', () => 0);
    const head = s3.send(new HeadObjectCommand(OBJECT));
    for (const attempt of [1, 2, 3, 4, 5]) {
      await server.untilTicking(attempt);
      mock.timers.tick(59_000);
      expect(await isSettled(head)).to.equal(false);
      expect(server.requests).to.have.length(attempt);
      mock.timers.tick(1_000);
    }
    expect(await failure(head)).to.include({ name: 'TimeoutError' });
    expect(server.requests).to.have.length(5);
  });

  it('wait for the rest of a body without a limit', async () => {
    const get = s3.send(new GetObjectCommand(OBJECT));
    await server.until(1);
    const [{ response } = expect.fail()] = server.requests;
    response.writeHead(200, { 'content-length': 10 });
    response.write('first');
    const { Body } = await get;
    mock.timers.tick(600_000);
    response.end(' rest');
    expect(await Body?.transformToString()).to.equal('first rest');
  });
});

/** A task's objects in a slot, with the local cloud's S3. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { PermanentError, type Processor } from '../../../../runtime/worker/processors/processor';
import { processTask } from '../../../../runtime/worker/slot/process-task';
import { BUCKET, startServer, type TestServer } from '../../../local/s3/server';
import { serviceEnvironment, setEnvironment } from '../../support/environment';
import { captureLines } from '../../support/lines';
import { taskOf } from '../../support/task-cloud';

const picky: Processor = {
  version: '1',
  async process({ key }) {
    if (key.startsWith('bad')) throw new PermanentError('bad');
    return { body: key };
  },
};

describe('a task in a slot', () => {
  captureLines();
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
    for (const Key of ['a', 'bad', 'c', 'bad-too', 'e']) {
      await server.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
    }
  });
  afterEach(() => server.close());

  it('answers for each object in order, the failed ones by their position', async () => {
    const task = taskOf('a', 'bad', 'c', 'gone', 'bad-too', 'e');
    const context = { s3: server.client, processorName: 'picky', processor: picky, workerId: 'w' };
    const { results, failures, failedItems } = await processTask(task, context);
    expect(results.map(({ object_key }) => object_key)).to.deep.equal(['a', 'c', 'e']);
    expect(failures.map(({ object_key, error }) => [object_key, error])).to.deep.equal([
      ['bad', 'PermanentError'],
      ['gone', 'ObjectNotFound'],
      ['bad-too', 'PermanentError'],
    ]);
    expect(failedItems).to.deep.equal([1, 3, 4]);
  });

  it('is what the thread runs, with the processor of that name', async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const { port } = server;
    const restore = setEnvironment(serviceEnvironment(`http://127.0.0.1:${port}`, credentials));
    try {
      const {
        default: run,
      }: typeof import('../../../../runtime/worker/slot/main') = require('../../../../runtime/worker/slot/main');
      const answer = await run({ task: taskOf('a'), processorName: 'checksum', workerId: 'w' });
      expect(answer.failures).to.deep.equal([]);
      expect(answer.results[0]).to.include({ object_key: 'a', worker_id: 'w', status: 'success' });
      expect(answer.results[0]?.content).to.match(/^sha256 /);
    } finally {
      restore();
    }
  });
});

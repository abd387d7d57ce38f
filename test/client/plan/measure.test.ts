/** The duration of an object, by the results of a run. */
import { expect } from 'chai';
import type { Connection } from '../../../client/deployment';
import { findMeasurement, type Measurement, measureResults } from '../../../client/plan/measure';
import type { ObjectResult } from '../../../runtime/contract';
import { BUCKET, startServer, type TestServer } from '../../local/services/s3/server';
import { writeFiles } from '../../support/files';

const MANIFEST = 'results/nightly-7/0a1b/manifest.json';
const INPUT = { worker_count: 1, prefix: 'a/' };

describe('a measurement', () => {
  let server: TestServer;
  let connection: Connection;
  before(async () => {
    server = await startServer();
    connection = {
      clients: { s3: server.client },
      deployment: {
        bucketName: BUCKET,
        resultsPrefix: 'results/',
        outputPrefix: 'processed/',
        processor: 'hello',
      },
    } as never;
  });
  after(() => server.close());

  const put = (key: string, text: string) => writeFiles(server.folder, { [key]: text });
  const save = (results: Partial<ObjectResult>[]) => {
    const lines = results.map((result) => JSON.stringify({ status: 'success', bytes_out: 6, ...result }));
    put('results/nightly-7/0a1b/SUCCEEDED_0.jsonl', lines.join('\n'));
    const files = { SUCCEEDED: [{ Key: 'results/nightly-7/0a1b/SUCCEEDED_0.jsonl' }] };
    put(MANIFEST, JSON.stringify({ ResultFiles: files }));
  };
  const measure = (isNamed: boolean): Promise<Measurement | undefined> =>
    isNamed ? measureResults(connection, MANIFEST, INPUT, { isNamed }) : findMeasurement(connection, INPUT);

  it('counts the objects that the same processor has processed', async () => {
    save([
      { object_key: 'a/1', processed_key: 'processed/a/1', processing_time: 2, processor_time: 1.5 },
      { object_key: 'a/2', processed_key: 'processed/a/2.txt', processing_time: 4 },
      { object_key: 'a/3', processed_key: 'processed/other/a/3', processing_time: 100 },
      { object_key: 'a/4', processed_key: 'processed/a/4', processing_time: 0, status: 'skipped' },
    ]);
    for (const isNamed of [true, false])
      expect(await measure(isNamed)).to.deep.equal({
        execution: 'nightly-7',
        objects: 2,
        processorSeconds: 2.75,
        storageSeconds: 0.25,
        outputsPerObject: 1,
        outputBytesPerObject: 6,
      });
  });

  it('uses a run that the user names if the processor has no outputs that identify it', async () => {
    save([
      { object_key: 'a/1', processed_key: '', processing_time: 2, bytes_out: 0, outputs: [] },
      { object_key: 'a/', processed_key: '', processing_time: 0, status: 'skipped' },
    ]);
    expect(await measure(true)).to.include({ objects: 1, processorSeconds: 2, outputsPerObject: 0 });
    expect(await measure(false)).to.equal(undefined);
  });
});

/** What each part of asl/process-objects.asl.json, and what workflow.asl.json adds to it for a source, is for. */
import { expect } from 'chai';
import { INTERRUPTED_ERROR, PERMANENT_ERRORS, STORAGE_ERROR, TRANSIENT_ERRORS } from '../../runtime/errors';
import { evaluate, MAPS, retriesOf, type State, stateOf, taskOf } from './asl';

const DAY = 86_400;

describe('the sources of objects', () => {
  it('take the list of the input, in which a key that is listed twice is one object', async () => {
    const { Items, ItemReader } = stateOf('ProcessInlineObjects');
    const items = (keys: string[]) =>
      evaluate(Items, { input: { objects: keys.map((Key) => ({ Key, Size: 1 })) } });
    expect(await items(['b', 'a', 'b'])).to.deep.equal([{ Key: 'b' }, { Key: 'a' }]);
    expect(await items(['a'])).to.deep.equal([{ Key: 'a' }]);
    expect(ItemReader).to.equal(undefined);
  });

  it('list every object below the prefix of the input', async () => {
    const { ItemReader, Items } = stateOf('ProcessPrefix');
    expect(ItemReader.Resource).to.equal('arn:aws:states:::s3:listObjectsV2');
    expect(await evaluate(ItemReader.Arguments, { input: { prefix: 'data/' } })).to.deep.equal({
      Bucket: 'bucket',
      Prefix: 'data/',
    });
    expect(Items).to.equal(undefined);
  });

  it('read the manifest of the input, an entry a line', async () => {
    const { ItemReader, Items } = stateOf('ProcessManifest');
    expect(ItemReader.Resource).to.equal('arn:aws:states:::s3:getObject');
    expect(ItemReader.ReaderConfig).to.deep.equal({ InputType: 'JSONL' });
    const input = { manifest: { Key: 'manifests/m.jsonl' } };
    expect(await evaluate(ItemReader.Arguments, { input })).to.deep.equal({
      Bucket: 'bucket',
      Key: 'manifests/m.jsonl',
    });
    expect(Items).to.equal(undefined);
  });
});

for (const map of Object.keys(MAPS)) {
  describe(`the map ${map}`, () => {
    const state = stateOf(map);
    const task = taskOf(map);

    it('runs a child execution for each task, standard ones, which may last and may be retried for days', () => {
      expect(state.Type).to.equal('Map');
      expect(state.ItemProcessor.ProcessorConfig).to.deep.equal({
        Mode: 'DISTRIBUTED',
        ExecutionType: 'STANDARD',
      });
      expect(state.ItemProcessor.StartAt).to.equal(`${map}Task`);
      expect(Object.keys(state.ItemProcessor.States)).to.deep.equal([`${map}Task`]);
      expect(task).to.include({ Type: 'Task', End: true });
    });

    it('keeps every slot of its workers busy, within the 10,000 children that a map may have', async () => {
      const concurrency = (worker_count: number) => evaluate(state.MaxConcurrency, {}, { worker_count });
      expect(await concurrency(1)).to.equal(2);
      expect(await concurrency(100)).to.equal(200);
      expect(await concurrency(5000)).to.equal(10_000);
      expect(await concurrency(5001)).to.equal(10_000);
    });

    it('fails when more objects fail than the input tolerates', async () => {
      const variables = { tolerated_failure_percentage: 12.5 };
      expect(await evaluate(state.ToleratedFailurePercentage, {}, variables)).to.equal(12.5);
    });

    it('hands on the key of an object and nothing else, and names the entry that has none', async () => {
      const select = (Value: unknown, Index = 0) =>
        evaluate(state.ItemSelector, { context: { Map: { Item: { Value, Index } } } });
      expect(await select({ Key: 'a', Size: 3, Etag: 'x' })).to.deep.equal({ Key: 'a' });
      for (const bad of [{}, { Key: '' }, { Key: 7 }, 'a']) {
        const error = await select(bad, 41).catch((reason: Error) => reason);
        expect(error, JSON.stringify(bad)).to.have.property('message');
        expect((error as Error).message).to.match(/^Entry 42 has no Key/);
      }
    });

    it('puts as many objects into a task as the input asks for, and fewer where keys are long', async () => {
      const { MaxItemsPerBatch, MaxInputBytesPerBatch } = state.ItemBatcher;
      expect(await evaluate(MaxItemsPerBatch, {}, { batch_size: 50 })).to.equal(50);
      // The results of as many fit a task's output of 256 KiB: test/runtime/worker/tasks/report.test.ts.
      expect(MaxInputBytesPerBatch).to.equal(10_240);
    });

    it('gives a worker the task as the contract has it', async () => {
      const variables = { force: true };
      const context = { Execution: { Name: 'run-1' } };
      const BatchInput = await evaluate(state.ItemBatcher.BatchInput, { context }, variables);
      const Items = [{ Key: 'a' }, { Key: 'b' }];
      const argumentsOf = (RetryCount: number) =>
        evaluate(task.Arguments, { input: { BatchInput, Items }, context: { State: { RetryCount } } });
      const expected = {
        bucket: 'bucket',
        objects: Items,
        execution: 'run-1',
        attempt: 1,
        output_prefix: 'processed/',
        force: true,
      };
      expect(await argumentsOf(0)).to.deep.equal(expected);
      expect(await argumentsOf(4)).to.deep.equal({ ...expected, attempt: 5 });
      expect(task.Resource).to.equal('arn:aws:states:us-east-1:123456789012:activity:tasks');
    });

    it('finds a dead worker by its heartbeat, and lets a task wait for its worker as long as the execution', () => {
      expect(task.HeartbeatSeconds).to.equal(60);
      expect(task.TimeoutSeconds).to.equal(DAY);
    });

    it('does not retry what fails again however often it is tried', () => {
      for (const error of PERMANENT_ERRORS) expect(retriesOf(task, error).retries, error).to.equal(0);
    });

    it('hands an interrupted task to another worker at once, without limit', () => {
      // The most that the language allows.
      expect(retriesOf(task, INTERRUPTED_ERROR)).to.deep.include({
        retries: 99_999_999,
        waits: [1, 1, 1, 1, 1, 1],
        jitter: false,
      });
    });

    it('hands the task of a dead worker to another one at once, 20 times: more than a poisonous object is worth', () => {
      expect(retriesOf(task, 'States.HeartbeatTimeout')).to.deep.equal({
        retries: 20,
        waits: [1, 1, 1, 1, 1, 1],
        total: 20,
        jitter: false,
      });
    });

    it('waits for S3 for up to six minutes, three on average', () => {
      expect(retriesOf(task, STORAGE_ERROR)).to.deep.equal({
        retries: 10,
        waits: [2, 4, 8, 16, 32, 60],
        total: 362,
        jitter: true,
      });
    });

    it('retries everything else three times with exponential backoff and jitter', () => {
      for (const error of [...TRANSIENT_ERRORS, 'States.Timeout', 'SomeError']) {
        expect(retriesOf(task, error), error).to.deep.equal({
          retries: 3,
          waits: [2, 4, 8],
          total: 14,
          jitter: true,
        });
      }
    });

    it("passes on the worker's results as they are", async () => {
      const result = [{ object_key: 'a', status: 'success' }];
      expect(await evaluate(task.Output, { result })).to.deep.equal(result);
    });

    it('writes the results below the name of the execution, a line for each object', async () => {
      const { Resource, Arguments, WriterConfig } = state.ResultWriter;
      expect(Resource).to.equal('arn:aws:states:::s3:putObject');
      const states = { context: { Execution: { Name: 'run-1' } } };
      expect(await evaluate(Arguments, states)).to.deep.equal({ Bucket: 'bucket', Prefix: 'results/run-1' });
      expect(WriterConfig).to.deep.equal({ Transformation: 'FLATTEN', OutputType: 'JSONL' });
    });

    it('keeps its map run and where its results are for the summary', async () => {
      const result = { MapRunArn: 'arn', ResultWriterDetails: { Bucket: 'bucket', Key: 'k' } };
      expect(await evaluate(state.Assign, { result })).to.deep.equal({
        map_run_arn: 'arn',
        results: result.ResultWriterDetails,
      } satisfies State);
    });
  });
}

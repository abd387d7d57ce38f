/** The purpose of each part of asl/process-objects.asl.json, and of the parts that workflow.asl.json adds for a source. */
import { expect } from 'chai';
import type { ObjectResult } from '../../runtime/contract';
import {
  INTERRUPTED_ERROR,
  PERMANENT_ERRORS,
  STORAGE_ERROR,
  STORAGE_RETRIES,
  TRANSIENT_ERRORS,
  TRANSIENT_RETRIES,
} from '../../runtime/errors';
import { MAX_DEATHS, TASKS_PER_SLOT } from '../../runtime/slot-limits';
import { catcherOf, evaluate, MAPS, retriesOf, type State, stateOf, taskOf } from './asl';

const DAY = 86_400;

/** The variables of an execution that gives no options. */
const VARIABLES = {
  bucket: 'bucket',
  batch_size: 1,
  force: false,
  processor: 'checksum',
  parameters: {},
  output_prefix: 'processed/',
};

const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** The largest result of an object whose first suffix has 64 bytes, without the fields that a worker leaves out of a large list. */
const largestResult = (object_key: string, output_prefix: string): ObjectResult => ({
  object_key,
  processed_key: `${output_prefix}${object_key}${'s'.repeat(64)}`,
  content: '',
  processing_time: 86_399.999,
  started_at: '2026-11-23T10:00:00.000Z',
  processed_at: '2026-11-23T10:00:00.123Z',
  worker_id: '0123456789abcdef0123456789abcdef',
  slot: 999,
  attempt: 99_999,
  bytes_in: 5_497_558_138_880,
  bytes_out: 5_497_558_138_880,
  status: 'success',
  made_again: 'environment',
});

describe('the sources of objects', () => {
  it('take the list of the input, and a key that it lists twice is one object', async () => {
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

  it('read the list of the selector, one entry a line', async () => {
    const { ItemReader, Items } = stateOf('ProcessManifest');
    expect(ItemReader.Resource).to.equal('arn:aws:states:::s3:getObject');
    expect(ItemReader.ReaderConfig).to.deep.equal({ InputType: 'JSONL' });
    const selection = { manifest: { Key: 'manifests/m.jsonl' } };
    expect(await evaluate(ItemReader.Arguments, {}, { selection })).to.deep.equal({
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

    it('runs a child execution for each task, a standard one, which may last and may be retried for days', () => {
      expect(state.Type).to.equal('Map');
      expect(state.ItemProcessor.ProcessorConfig).to.deep.equal({
        Mode: 'DISTRIBUTED',
        ExecutionType: 'STANDARD',
      });
      expect(state.ItemProcessor.StartAt).to.equal(`${map}Task`);
      // The first attempt needs no other state: each costs money for each object.
      expect(task).to.include({ Type: 'Task', End: true });
    });

    it('has a task and the next one for each of the two slots of its workers, within the 10,000 children that a map may have', async () => {
      const concurrency = (worker_count: number) => evaluate(state.MaxConcurrency, {}, { worker_count });
      expect(await concurrency(1)).to.equal(2 * TASKS_PER_SLOT);
      expect(await concurrency(100)).to.equal(200 * TASKS_PER_SLOT);
      expect(await concurrency(2500)).to.equal(10_000);
      expect(await concurrency(2501)).to.equal(10_000);
    });

    it('fails when more objects fail than the input tolerates', async () => {
      const variables = { tolerated_failure_percentage: 12 };
      expect(await evaluate(state.ToleratedFailurePercentage, {}, variables)).to.equal(12);
    });

    it('passes on only the key of an object, and names an entry that has no key', async () => {
      const select = (Value: unknown, Index = 0) =>
        evaluate(state.ItemSelector, { context: { Map: { Item: { Value, Index } } } });
      expect(await select({ Key: 'a', Size: 3, Etag: 'x' })).to.deep.equal({ Key: 'a' });
      for (const bad of [{}, { Key: '' }, { Key: 7 }, 'a']) {
        const error = await select(bad, 41).catch((reason: Error) => reason);
        expect(error, JSON.stringify(bad)).to.have.property('message');
        expect((error as Error).message).to.match(/^Entry 42 has no Key/);
      }
    });

    const limitsOf = async (variables: object) => {
      const { MaxItemsPerBatch, MaxInputBytesPerBatch } = state.ItemBatcher;
      const all = { ...VARIABLES, ...variables };
      return {
        items: (await evaluate(MaxItemsPerBatch, {}, all)) as number,
        bytes: (await evaluate(MaxInputBytesPerBatch, {}, all)) as number,
      };
    };
    const batchInputOf = async (variables: object) => {
      const context = { Execution: { Name: 'run-1' } };
      return (await evaluate(
        state.ItemBatcher.BatchInput,
        { context },
        { ...VARIABLES, ...variables },
      )) as State;
    };

    it('puts as many objects into a task as the input asks for', async () => {
      for (const batch_size of [1, 50, 600])
        expect((await limitsOf({ batch_size })).items).to.equal(batch_size);
    });

    it('has the same room for keys, no matter how long the parameters and the output prefix are', async () => {
      const roomOf = async (variables: object) =>
        (await limitsOf(variables)).bytes - jsonBytes(await batchInputOf(variables));
      const room = await roomOf({});
      expect(room).to.be.within(9_900, 10_240);
      for (const text of ['x'.repeat(4_000), 'ü'.repeat(2_000), '🚀%41 "\\\n\u0001'.repeat(100), '\ud800']) {
        expect(await roomOf({ parameters: { text, list: [1, null, { text }] } }), text.slice(0, 5)).to.equal(
          room,
        );
        expect(await roomOf({ output_prefix: `processed/${text}/` }), text.slice(0, 5)).to.equal(room);
      }
      expect(await roomOf({ processor: 'thumbnail' })).to.equal(room);
    });

    it('has room for as many results, no matter which ASCII characters the output prefix has', async () => {
      const itemsOf = async (name: string) =>
        (await limitsOf({ batch_size: 1000, output_prefix: `processed/${name.repeat(400)}/` })).items;
      const items = await itemsOf('p');
      expect(items).to.be.below(1000);
      for (const name of [' ', '%', '~', '+']) expect(await itemsOf(name), name).to.equal(items);
    });

    it('has no larger task than one with results that fit its output of 256 KiB', async () => {
      for (const prefixLength of [10, 21, 100, 500, 1000]) {
        const output_prefix = `processed/${'p'.repeat(prefixLength - 10)}`;
        const { items, bytes } = await limitsOf({ batch_size: 1000, output_prefix });
        const room = bytes - jsonBytes(await batchInputOf({ output_prefix }));
        for (const length of [1, 2, 3, 6, 20, 50, 200, 1014]) {
          const key = 'k'.repeat(length);
          const count = Math.min(items, Math.floor(room / (jsonBytes({ Key: key }) + 1)));
          const results = Array.from({ length: count }, () => largestResult(key, output_prefix));
          expect(jsonBytes(results), `${length} after ${prefixLength}`).to.be.at.most(262_144);
        }
      }
    });

    it('gives a worker the task that the contract describes', async () => {
      const variables = {
        bucket: 'archive',
        force: true,
        processor: 'thumbnail',
        parameters: { widths: [256] },
      };
      const BatchInput = await batchInputOf({ ...variables, output_prefix: 'processed/thumbnail/' });
      const Items = [{ Key: 'a' }, { Key: 'b' }];
      const argumentsOf = (RetryCount: number, input = BatchInput) =>
        evaluate(task.Arguments, { input: { BatchInput: input, Items }, context: { State: { RetryCount } } });
      const expected = {
        bucket: 'archive',
        output_bucket: 'bucket',
        objects: Items,
        execution: 'run-1',
        attempt: 1,
        output_prefix: 'processed/thumbnail/',
        force: true,
        processor: 'thumbnail',
        parameters: { widths: [256] },
        deaths: 0,
      };
      expect(await argumentsOf(0)).to.deep.equal(expected);
      expect(await argumentsOf(4)).to.deep.equal({ ...expected, attempt: 5 });
      const later = { ...BatchInput, deaths: 2, attempts: 7 };
      expect(await argumentsOf(1, later)).to.deep.equal({ ...expected, attempt: 9, deaths: 2 });
      expect(task.Resource).to.equal('arn:aws:states:us-east-1:123456789012:activity:tasks');
    });

    it('finds a dead worker by its heartbeat, and lets a task wait for its worker as long as the execution', () => {
      expect(task.HeartbeatSeconds).to.equal(60);
      expect(task.TimeoutSeconds).to.equal(DAY);
    });

    it('does not retry an error that every attempt repeats', () => {
      for (const error of PERMANENT_ERRORS) expect(retriesOf(task, error).retries, error).to.equal(0);
    });

    it('hands an interrupted task to another worker at once, without limit', () => {
      // The maximum that the language allows.
      expect(retriesOf(task, INTERRUPTED_ERROR)).to.deep.include({
        retries: 99_999_999,
        waits: [1, 1, 1, 1, 1, 1],
        jitter: false,
      });
    });

    const TIMEOUTS = ['States.HeartbeatTimeout', 'States.Timeout'];
    const died = (deaths: number) => ({ BatchInput: { deaths, attempts: deaths, error: 'States.Timeout' } });

    it('counts the death of a worker and the attempts so far, and keeps the rest of the task', async () => {
      const BatchInput = await batchInputOf({ parameters: { widths: [256] } });
      const Items = [{ Key: 'a' }];
      for (const error of TIMEOUTS) {
        expect(retriesOf(task, error).retries, error).to.equal(0);
        const catcher = catcherOf(task, error);
        expect(catcher?.Next).to.equal(`${map}WorkerDied`);
        const context = { State: { RetryCount: 3 } };
        const caught = (input: unknown) =>
          evaluate(catcher?.Output, { input, context, errorOutput: { Error: error } }) as Promise<State>;
        const first = await caught({ BatchInput, Items });
        expect(first).to.deep.equal({
          BatchInput: { ...BatchInput, deaths: 1, attempts: 4, error },
          Items,
        });
        const second = await caught(first);
        expect(second.BatchInput).to.include({ deaths: 2, attempts: 8 });
      }
    });

    it('handles only missed heartbeats that way', () => {
      const others = [
        ...PERMANENT_ERRORS,
        ...TRANSIENT_ERRORS,
        STORAGE_ERROR,
        INTERRUPTED_ERROR,
        'SomeError',
      ];
      for (const error of others) expect(catcherOf(task, error), error).to.equal(undefined);
    });

    it('gives the task of a dead worker to others up to 20 times, then once for a final attempt, then fails it with the original error', async () => {
      const { [`${map}WorkerDied`]: choice, [`${map}GivenUp`]: end } = state.ItemProcessor.States;
      const next = async (deaths: number) => {
        for (const { Condition, Next } of choice.Choices) {
          if (await evaluate(Condition, { input: died(deaths) })) return Next;
        }
        return choice.Default;
      };
      expect(await next(1)).to.equal(`${map}Spread`);
      expect(await next(MAX_DEATHS + 1)).to.equal(`${map}Spread`);
      expect(await next(MAX_DEATHS + 2)).to.equal(`${map}GivenUp`);
      expect(end.Type).to.equal('Fail');
      expect(await evaluate(end.Error, { input: died(22) })).to.equal('States.Timeout');
      expect(await evaluate(end.Cause, { input: died(22) })).to.equal(
        '22 workers died, or lost their connection, while they had this task: see the log of the workers for the reasons.',
      );
    });

    it("spreads the retries of a dead worker's tasks over a time that grows from 2 s to a minute", async () => {
      const spread = state.ItemProcessor.States[`${map}Spread`];
      expect(spread).to.include({ Type: 'Wait', Next: `${map}Task` });
      const waits = async (deaths: number) => {
        const draws = Array.from({ length: 300 }, () => evaluate(spread.Seconds, { input: died(deaths) }));
        return [...new Set((await Promise.all(draws)) as number[])].sort((a, b) => a - b);
      };
      expect(await waits(1)).to.deep.equal([1, 2]);
      expect(await waits(2)).to.deep.equal([1, 2, 3, 4]);
      const late = await waits(20);
      expect(late.every((seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 60)).to.equal(
        true,
      );
      expect(late.length).to.be.greaterThan(40);
    });

    it('waits for S3 for up to six minutes, three on average', () => {
      expect(retriesOf(task, STORAGE_ERROR)).to.deep.equal({
        retries: STORAGE_RETRIES,
        waits: [2, 4, 8, 16, 32, 60],
        total: 362,
        jitter: true,
      });
    });

    it('retries everything else three times with exponential backoff and jitter', () => {
      for (const error of [...TRANSIENT_ERRORS, 'SomeError']) {
        expect(retriesOf(task, error), error).to.deep.equal({
          retries: TRANSIENT_RETRIES,
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

    it('writes the results below the name of the execution, one line for each object', async () => {
      const { Resource, Arguments, WriterConfig } = state.ResultWriter;
      expect(Resource).to.equal('arn:aws:states:::s3:putObject');
      const states = { context: { Execution: { Name: 'run-1' } } };
      expect(await evaluate(Arguments, states)).to.deep.equal({ Bucket: 'bucket', Prefix: 'results/run-1' });
      expect(WriterConfig).to.deep.equal({ Transformation: 'FLATTEN', OutputType: 'JSONL' });
    });

    it('keeps its map run and the place of its results for the summary', async () => {
      const result = { MapRunArn: 'arn', ResultWriterDetails: { Bucket: 'bucket', Key: 'k' } };
      expect(await evaluate(state.Assign, { result })).to.deep.equal({
        map_run_arn: 'arn',
        results: result.ResultWriterDetails,
      } satisfies State);
    });
  });
}

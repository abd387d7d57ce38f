import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { ServiceError } from '../../../../../../local/core/service';
import { ended } from '../../../../../support/execution';
import { until } from '../../../../../support/until';
import {
  BUCKET,
  createActivity,
  createMachine,
  historyOf,
  ROLE,
  run,
  type StatesServer,
  start,
  startServer,
  startWorkers,
  takeTask,
} from '../../server';
import {
  ECHO,
  mapOf as map,
  mapRunOf as mapRunOfExecution,
  processorOf as processor,
  putObject,
  writerOf as writer,
} from './maps';

describe('a distributed map', () => {
  let cloud: StatesServer;
  let machines = 0;

  beforeEach(async () => {
    cloud = await startServer({ historyLimit: 50 });
  });
  afterEach(() => cloud.close());

  const name = () => `machine-${machines++}`;
  const runMap = (fields: object, input: unknown = {}, States?: Record<string, object>) =>
    run(cloud, map(fields, States), input, { name: name() });
  const outputOf = async (fields: object, input?: unknown, States?: Record<string, object>) => {
    const { status, output, error, cause } = await runMap(fields, input, States);
    expect(status, `${error}: ${cause}`).to.equal('SUCCEEDED');
    return JSON.parse(output ?? '');
  };
  const put = (key: string, content: string) => putObject(cloud, key, content);
  const object = async (key: string) => readFile(join(cloud.folder, key), 'utf8');
  const mapRunOf = (executionArn: string) => mapRunOfExecution(cloud, executionArn);

  describe('takes its items', () => {
    it('from its input, an array or the members of an object, in order', async () => {
      expect(await outputOf({}, [3, 1, 2])).to.deep.equal([3, 1, 2]);
      expect(await outputOf({ Items: '{% $states.input.list %}' }, { list: ['a'] })).to.deep.equal(['a']);
      expect(await outputOf({}, { a: 1 })).to.deep.equal([{ Key: 'a', Value: 1 }]);
      expect(await outputOf({}, [])).to.deep.equal([]);
      expect((await runMap({}, 'text')).error).to.equal('States.QueryEvaluationError');
    });

    it('shaped by the selector', async () => {
      const ItemSelector = {
        i: '{% $states.context.Map.Item.Index %}',
        v: '{% $states.context.Map.Item.Value %}',
        from: '{% $states.context.Map.Item.Source %}',
        all: '{% $count($states.input) %}',
      };
      expect(await outputOf({ ItemSelector }, ['x', 'y'])).to.deep.equal([
        { i: 0, v: 'x', from: 'STATE_DATA', all: 2 },
        { i: 1, v: 'y', from: 'STATE_DATA', all: 2 },
      ]);
    });

    const reader = (format: object, Key: string) => ({
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: format,
        Arguments: { Bucket: BUCKET, Key },
      },
    });

    it('from a listing', async () => {
      for (const key of ['in/a', 'in/b c+%&<.txt', 'in/ü', 'other']) await put(key, 'xy');
      const ItemReader = {
        Resource: 'arn:aws:states:::s3:listObjectsV2',
        Arguments: { Bucket: BUCKET, Prefix: '{% $states.input.prefix %}' },
      };
      const items = await outputOf({ ItemReader }, { prefix: 'in/' });
      expect(items.map(({ Key }: { Key: string }) => Key)).to.deep.equal(['in/a', 'in/b c+%&<.txt', 'in/ü']);
      expect(items[0]).to.have.all.keys('Etag', 'Key', 'LastModified', 'Size', 'StorageClass');
      expect(items[0].Size).to.equal(2);
      expect(items[0].LastModified).to.be.closeTo(Date.now() / 1_000, 60);
    });

    it('from JSON lines, with a limit', async () => {
      await put('lines', '\ufeff{"a":1}\r\n\n{"a":2}\n{"a":3}');
      expect(await outputOf(reader({ InputType: 'JSONL' }, 'lines'))).to.deep.equal([
        { a: 1 },
        { a: 2 },
        { a: 3 },
      ]);
      expect(await outputOf(reader({ InputType: 'JSONL', MaxItems: 2 }, 'lines'))).to.have.length(2);
      const MaxItems = '{% $states.input.most %}';
      expect(await outputOf(reader({ InputType: 'JSONL', MaxItems }, 'lines'), { most: 1 })).to.have.length(
        1,
      );
    });

    it('from CSV, with its own header or a given one', async () => {
      await put('rows.csv', 'Key,Size\n"a,b",1\nc,2\n');
      const own = reader({ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' }, 'rows.csv');
      expect(await outputOf(own)).to.deep.equal([
        { Key: 'a,b', Size: '1' },
        { Key: 'c', Size: '2' },
      ]);
      await put('bare.csv', 'a|1\nb|2\n');
      const given = {
        InputType: 'CSV',
        CSVHeaderLocation: 'GIVEN',
        CSVHeaders: ['k', 'n'],
        CSVDelimiter: 'PIPE',
      };
      expect(await outputOf(reader(given, 'bare.csv'))).to.deep.equal([
        { k: 'a', n: '1' },
        { k: 'b', n: '2' },
      ]);
    });

    it('from a JSON array, also inside a document', async () => {
      await put('list.json', '[1, {"a": [2]}, null]');
      expect(await outputOf(reader({ InputType: 'JSON' }, 'list.json'))).to.deep.equal([1, { a: [2] }, null]);
      await put('inner.json', '{"x": {"y": [1, 2]}, "z": [3]}');
      const inner = reader({ InputType: 'JSON', ItemsPointer: '/x/y' }, 'inner.json');
      expect(await outputOf(inner)).to.deep.equal([1, 2]);
    });

    it('or fails, and names the source that it could not read', async () => {
      await put('bad.jsonl', '{}\n{');
      const cases: [object, RegExp][] = [
        [reader({ InputType: 'JSONL' }, 'missing'), /Failed to read 'bucket\/missing': NoSuchKey/],
        [reader({ InputType: 'JSONL' }, 'bad.jsonl'), /line 2 is not JSON/],
        [reader({ InputType: 'JSON' }, 'bad.jsonl'), /Failed to read 'bucket\/bad.jsonl'/],
      ];
      for (const [fields, reason] of cases) {
        const { error, cause } = await runMap(fields);
        expect(error).to.equal('States.ItemReaderFailed');
        expect(cause).to.match(reason);
      }
    });
  });

  it('groups items by number and by bytes', async () => {
    const batches = await outputOf(
      {
        ItemBatcher: {
          MaxItemsPerBatch: '{% $count($states.input) - 3 %}',
          BatchInput: { n: '{% $count($states.input) %}' },
        },
      },
      [1, 2, 3, 4, 5],
    );
    expect(batches).to.deep.equal([
      { BatchInput: { n: 5 }, Items: [1, 2] },
      { BatchInput: { n: 5 }, Items: [3, 4] },
      { BatchInput: { n: 5 }, Items: [5] },
    ]);
    const sized = await outputOf({ ItemBatcher: { MaxInputBytesPerBatch: 21 } }, ['aaa', 'é', 'ccc', 'd']);
    // {"Items":["aaa","é"]} is 22 bytes, {"Items":["ccc","d"]} is 21.
    expect(sized.map(({ Items }: { Items: string[] }) => Items)).to.deep.equal([
      ['aaa'],
      ['é'],
      ['ccc', 'd'],
    ]);
  });

  it('shows its children none of the variables', async () => {
    const States = { A: { Type: 'Pass', Output: '{% $exists($outer) %}', End: true } };
    const { output } = await run(cloud, {
      Set: { Type: 'Pass', Assign: { outer: 1 }, Output: [1], Next: 'Map' },
      ...map({}, States),
    });
    expect(output).to.equal('[false]');
  });

  it('tolerates failures by number and by percentage', async () => {
    const items = Array.from({ length: 10 }, (_, i) => ({ i, fail: i < 2 }));
    const cases: [object, boolean][] = [
      [{}, false],
      [{ ToleratedFailureCount: 2 }, true],
      [{ ToleratedFailureCount: 1 }, false],
      [{ ToleratedFailurePercentage: 20 }, true],
      [{ ToleratedFailurePercentage: '{% 19 %}' }, false],
      [{ ToleratedFailurePercentage: 100, ToleratedFailureCount: 1 }, false],
    ];
    for (const [tolerance, succeeds] of cases) {
      const { status, error, output } = await runMap(tolerance, items);
      expect(status, JSON.stringify(tolerance)).to.equal(succeeds ? 'SUCCEEDED' : 'FAILED');
      if (succeeds) {
        const results = JSON.parse(output ?? '');
        expect(results).to.have.length(10);
        expect(results[0]).to.include({ Status: 'FAILED', Error: 'Bad', Cause: 'it says so' });
        expect(results[2]).to.deep.equal(items[2]);
      } else expect(error).to.equal('States.ExceedToleratedFailureThreshold');
    }
  });

  describe('writes results', () => {
    const results = async (config: object | undefined, input: unknown) => {
      const { MapRunArn, ResultWriterDetails } = await outputOf(
        { ...writer(config), ToleratedFailurePercentage: 100 },
        input,
      );
      const manifest = JSON.parse(await object(ResultWriterDetails.Key));
      expect(ResultWriterDetails.Key).to.equal(`results/${MapRunArn.split(':').at(-1)}/manifest.json`);
      expect(manifest).to.include({ DestinationBucket: BUCKET, MapRunArn });
      const content: Record<string, string> = {};
      for (const status of ['SUCCEEDED', 'FAILED', 'PENDING']) {
        for (const { Key, Size } of manifest.ResultFiles[status]) {
          content[status] = await object(Key);
          expect(Buffer.byteLength(content[status])).to.equal(Size);
          expect(Key).to.match(new RegExp(`/${status}_0\\.jsonl?$`));
        }
      }
      return content;
    };

    it('with their executions', async () => {
      const { SUCCEEDED = '', FAILED = '', PENDING } = await results(undefined, [{ a: 1 }, { fail: true }]);
      const [succeeded] = JSON.parse(SUCCEEDED);
      expect(succeeded).to.include({ Status: 'SUCCEEDED', Input: '{"a":1}', Output: '{"a":1}' });
      expect(succeeded.ExecutionArn).to.match(/:execution:machine-\d+\/each:[0-9a-f-]{36}$/);
      expect(succeeded.StateMachineArn).to.match(/:stateMachine:machine-\d+\/each$/);
      expect(JSON.parse(FAILED)[0]).to.include({ Status: 'FAILED', Error: 'Bad', Cause: 'it says so' });
      expect(PENDING).to.equal(undefined);
    });

    it('compact or flat, as JSON or JSON lines', async () => {
      const input = [[1, 2], 'x'];
      const lines = (text = '') => text.trim().split('\n');
      const compact = await results({ Transformation: 'COMPACT' }, input);
      expect(JSON.parse(compact.SUCCEEDED ?? '')).to.have.deep.members(input);
      const flat = await results({ Transformation: 'FLATTEN', OutputType: 'JSONL' }, input);
      expect(lines(flat.SUCCEEDED)).to.have.members(['1', '2', '"x"']);
      const plain = await results({ Transformation: 'NONE', OutputType: 'JSONL' }, input);
      expect(lines(plain.SUCCEEDED).map((line) => JSON.parse(line).Status)).to.deep.equal([
        'SUCCEEDED',
        'SUCCEEDED',
      ]);
    });

    it('and fails if it cannot', async () => {
      const bad = writer();
      bad.ResultWriter.Arguments.Bucket = 'none';
      const { error, cause } = await runMap(bad, [1]);
      expect(error).to.equal('States.ResultWriterFailed');
      expect(cause).to.contain('NoSuchBucket');
    });
  });

  it('fails with States.DataLimitExceeded when its output is too large', async () => {
    const States = { A: { Type: 'Pass', Output: "{% $pad('', 1000, 'x') %}", End: true } };
    const items = Array.from({ length: 300 }, (_, i) => i);
    expect((await runMap({}, items, States)).error).to.equal('States.DataLimitExceeded');
  });

  it('runs only if its role may run it', async () => {
    await cloud.close();
    const asked: string[] = [];
    cloud = await startServer({
      allow: (role, action, resource) => {
        expect(role).to.equal(ROLE);
        asked.push(`${action} ${resource.split(':').slice(5).join(':')}`);
        if (action === 'states:StopExecution') throw new ServiceError('AccessDeniedException', 'you may not');
      },
    });
    const arn = await start(cloud, await createMachine(cloud, map({})), [1], 'parent');
    const { error, cause } = await ended(cloud, arn);
    expect([error, cause]).to.deep.equal(['States.Permissions', 'you may not']);
    expect(asked).to.deep.equal([
      'states:StartExecution stateMachine:machine',
      'states:DescribeExecution execution:machine:parent',
      'states:StopExecution execution:machine:parent',
    ]);
  });

  describe('with workers', () => {
    let activity: string;
    let machine: string;
    const work = (fields: object = {}) => ({
      Type: 'Task',
      Resource: activity,
      Arguments: '{% $states.input %}',
      End: true,
      ...fields,
    });
    const succeed = (taskToken: string, output = '1') =>
      cloud.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));

    beforeEach(async () => {
      activity = await createActivity(cloud);
    });

    it('runs no more children at a time than allowed, and more once that is changed', async () => {
      machine = await createMachine(cloud, map({ MaxConcurrency: '{% 1 + 1 %}' }, { Work: work() }));
      const arn = await start(cloud, machine, [1, 2, 3, 4, 5]);
      const tasks = [await takeTask(cloud, activity), await takeTask(cloud, activity)];
      const { mapRunArn, itemCounts, maxConcurrency } = await mapRunOf(arn);
      expect(maxConcurrency).to.equal(2);
      expect(itemCounts).to.include({ total: 5, pending: 3, running: 2, succeeded: 0 });
      await cloud.sfn.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 5 }));
      for (let more = 0; more < 3; more += 1) tasks.push(await takeTask(cloud, activity));
      expect((await mapRunOf(arn)).itemCounts).to.include({ pending: 0, running: 5 });
      for (const { token } of tasks) await succeed(token);
      expect((await ended(cloud, arn)).output).to.equal('[1,1,1,1,1]');
    });

    it('has counts that add up at every moment, over the pages of a listing', async () => {
      const keys = Array.from({ length: 1_100 }, (_, i) => `in/${i}`);
      await mkdir(join(cloud.folder, 'in'));
      await Promise.all(keys.map((key) => writeFile(join(cloud.folder, key), '')));
      const ItemReader = {
        Resource: 'arn:aws:states:::s3:listObjectsV2',
        Arguments: { Bucket: BUCKET, Prefix: 'in/' },
      };
      const fields = {
        ItemReader,
        ItemBatcher: { MaxItemsPerBatch: 20 },
        MaxConcurrency: 10,
        ...writer({ Transformation: 'FLATTEN', OutputType: 'JSONL' }),
      };
      machine = await createMachine(cloud, map(fields, { Work: work() }));
      const arn = await start(cloud, machine);
      const workers = startWorkers(cloud, activity, 10, ({ token, input }) =>
        succeed(token, JSON.stringify(input.Items.map(({ Key }: { Key: string }) => Key))),
      );
      const run = await until(async () => {
        const current = await mapRunOf(arn);
        const { total = 0, pending = 0, running = 0, succeeded = 0 } = current.itemCounts ?? {};
        expect(pending + running + succeeded).to.equal(total);
        expect(running).to.be.at.most(200);
        expect(current.itemCounts).to.include({ failed: 0, timedOut: 0, aborted: 0 });
        return current.status !== 'RUNNING' && current;
      }, 'the map run ends');
      await workers.stop();
      expect(run).to.include({ status: 'SUCCEEDED' });
      expect(run.itemCounts).to.include({ total: 1_100, succeeded: 1_100, resultsWritten: 1_100 });
      const { Key } = JSON.parse((await ended(cloud, arn)).output ?? '').ResultWriterDetails;
      const lines = (await object(Key.replace('manifest.json', 'SUCCEEDED_0.jsonl'))).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line))).to.have.members(keys);
      // Of the finished children, only as many as the limit are kept.
      const { executions } = await cloud.sfn.send(
        new ListExecutionsCommand({ mapRunArn: run.mapRunArn, maxResults: 1_000 }),
      );
      expect(executions).to.have.length(50);
    });

    it('stops with its execution, and takes the tasks away from the workers', async () => {
      machine = await createMachine(cloud, map({ MaxConcurrency: 2, ...writer() }, { Work: work() }));
      const arn = await start(cloud, machine, [1, 2, 3]);
      const done = await takeTask(cloud, activity);
      const { token } = await takeTask(cloud, activity);
      await succeed(done.token);
      await takeTask(cloud, activity);
      await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn }));
      const late = await succeed(token).catch((error: Error) => error.name);
      expect(late).to.equal('TaskTimedOut');
      const run = await until(async () => {
        const current = await mapRunOf(arn);
        return current.stopDate && current;
      }, 'the map run ends');
      expect(run.status).to.equal('ABORTED');
      expect(run.executionCounts).to.include({ total: 3, succeeded: 1, aborted: 2, running: 0, pending: 0 });
      const { executions } = await cloud.sfn.send(
        new ListExecutionsCommand({ mapRunArn: run.mapRunArn, statusFilter: 'ABORTED' }),
      );
      expect(executions).to.have.length(2);
      const types = (await historyOf(cloud, arn)).map(({ type }) => type);
      expect(types.slice(-2)).to.deep.equal(['MapRunStarted', 'ExecutionAborted']);
      const id = run.mapRunArn?.split(':').at(-1);
      expect(JSON.parse(await object(`results/${id}/FAILED_0.json`))).to.have.length(2);
    });

    it('goes on with the children that did not succeed when its execution is redriven', async () => {
      machine = await createMachine(cloud, map({ MaxConcurrency: 1 }, { Work: work({ TimeoutSeconds: 1 }) }));
      const arn = await start(cloud, machine, ['a', 'b', 'c']);
      await succeed((await takeTask(cloud, activity)).token, '"A"');
      // No worker takes the second, so it times out, and the third never starts.
      await takeTask(cloud, activity);
      expect((await ended(cloud, arn)).error).to.equal('States.ExceedToleratedFailureThreshold');
      expect((await mapRunOf(arn)).itemCounts).to.include({ succeeded: 1, failed: 1, pending: 1, total: 3 });
      await cloud.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
      const inputs: unknown[] = [];
      for (const output of ['"C"', '"B"']) {
        const { token, input } = await takeTask(cloud, activity);
        inputs.push(input);
        await succeed(token, output);
      }
      expect(inputs).to.deep.equal(['c', 'b']);
      const { status, output, redriveCount } = await ended(cloud, arn);
      expect([status, output, redriveCount]).to.deep.equal(['SUCCEEDED', '["A","B","C"]', 1]);
      expect(await mapRunOf(arn)).to.include({ status: 'SUCCEEDED', redriveCount: 1 });
      const types = (await historyOf(cloud, arn)).map(({ type }) => type);
      expect(types.slice(-6)).to.deep.equal([
        'ExecutionRedriven',
        'MapRunRedriven',
        'MapRunSucceeded',
        'MapStateSucceeded',
        'MapStateExited',
        'ExecutionSucceeded',
      ]);
    });

    it('has no pending redrives once it is stopped, and goes on with them when it is redriven again', async () => {
      machine = await createMachine(
        cloud,
        map({ MaxConcurrency: 1, ToleratedFailureCount: 1 }, { Work: work() }),
      );
      const arn = await start(cloud, machine, ['a', 'b', 'c']);
      const fail = async () => {
        const { token } = await takeTask(cloud, activity);
        await cloud.sfn.send(new SendTaskFailureCommand({ taskToken: token, error: 'Bad' }));
      };
      await fail();
      await fail();
      expect(await ended(cloud, arn)).to.include({ status: 'FAILED' });
      await cloud.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
      await takeTask(cloud, activity);
      expect((await mapRunOf(arn)).itemCounts).to.include({ running: 1, pendingRedrive: 2, total: 3 });
      await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn }));
      const { itemCounts } = await until(async () => {
        const current = await mapRunOf(arn);
        return current.stopDate && current;
      }, 'the map run ends');
      expect(itemCounts).to.include({ aborted: 1, failed: 2, pendingRedrive: 0, pending: 0, total: 3 });
      await cloud.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
      for (let tasks = 0; tasks < 3; tasks += 1) await succeed((await takeTask(cloud, activity)).token);
      expect((await ended(cloud, arn)).output).to.equal('[1,1,1]');
    });

    it('is not redriven for another map that failed before its own run', async () => {
      const each = map({}, ECHO).Map;
      machine = await createMachine(cloud, {
        First: {
          ...each,
          End: undefined,
          Next: 'Second',
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Second' }],
        },
        Second: {
          ...each,
          Label: 'second',
          ItemProcessor: processor({ Only: { Type: 'Succeed' } }),
          Items: '{% $states.context.Execution.RedriveCount = 0 ? 1 : [2] %}',
        },
      });
      const arn = await start(cloud, machine, [{ fail: true }]);
      expect((await ended(cloud, arn)).error).to.equal('States.QueryEvaluationError');
      await cloud.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
      expect((await ended(cloud, arn)).output).to.equal('[2]');
      const types = (await historyOf(cloud, arn)).map(({ type }) => type);
      expect(types).not.to.include('MapRunRedriven');
    });

    it('starts a new run for a redrive if the results were too large', async () => {
      machine = await createMachine(cloud, map({}, { Work: work() }));
      const arn = await start(cloud, machine, [1, 2]);
      const workOff = async (length: number) => {
        for (let tasks = 0; tasks < 2; tasks += 1) {
          await succeed((await takeTask(cloud, activity)).token, JSON.stringify('x'.repeat(length)));
        }
      };
      await workOff(200_000);
      expect((await ended(cloud, arn)).error).to.equal('States.DataLimitExceeded');
      await cloud.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
      await workOff(1);
      expect((await ended(cloud, arn)).output).to.equal('["x","x"]');
      const { mapRuns = [] } = await cloud.sfn.send(new ListMapRunsCommand({ executionArn: arn }));
      expect(mapRuns).to.have.length(2);
    });

    it('is redriven only when the old children of its execution have ended', async () => {
      machine = await createMachine(cloud, map({ MaxConcurrency: 2, ...writer() }, { Work: work() }));
      const arn = await start(cloud, machine, ['a', 'b', 'c']);
      await succeed((await takeTask(cloud, activity)).token);
      await takeTask(cloud, activity);
      await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn }));
      await cloud.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
      const inputs: string[] = [];
      for (let tasks = 0; tasks < 2; tasks += 1) {
        const { token, input } = await takeTask(cloud, activity);
        inputs.push(input);
        await succeed(token);
      }
      expect(inputs).to.have.members(['b', 'c']);
      const { Key } = JSON.parse((await ended(cloud, arn)).output ?? '').ResultWriterDetails;
      const { ResultFiles } = JSON.parse(await object(Key));
      const names = (files: { Key: string }[]) => files.map((file) => file.Key.split('/').at(-1));
      expect(names(ResultFiles.SUCCEEDED)).to.deep.equal(['SUCCEEDED_0.json', 'SUCCEEDED_1.json']);
      expect(names(ResultFiles.FAILED)).to.deep.equal([]);
    });

    it('gives each child its own name, input and history', async () => {
      machine = await createMachine(cloud, map({ ItemBatcher: { MaxItemsPerBatch: 2 } }, { Work: work() }));
      const arn = await start(cloud, machine, [1, 2, 3]);
      const tasks = [await takeTask(cloud, activity), await takeTask(cloud, activity)];
      const { mapRunArn } = await mapRunOf(arn);
      const { executions = [] } = await cloud.sfn.send(new ListExecutionsCommand({ mapRunArn }));
      expect(executions.map(({ itemCount, status }) => [itemCount, status])).to.deep.equal([
        [1, 'RUNNING'],
        [2, 'RUNNING'],
      ]);
      const child = await cloud.sfn.send(
        new DescribeExecutionCommand({ executionArn: executions[1]?.executionArn }),
      );
      expect(child).to.include({ input: '{"Items":[1,2]}', mapRunArn, name: executions[1]?.name });
      for (const { token } of tasks) await succeed(token);
      await ended(cloud, arn);
    });
  });
});

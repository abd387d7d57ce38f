import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { definitionOf } from '../../../support/definition';
import { ended } from '../../../support/execution';
import { until } from '../../../support/until';
import {
  BUCKET,
  createActivity,
  ROLE,
  type StatesServer,
  start,
  startServer,
  startWorkers,
  type Workers,
  type WorkerTask,
} from './server';

const FLEET = { needed: 2, desired: 2, running: 1, ready: true, reason: '', next_call_seconds: 1 };

describe('the workflow on the local Step Functions', () => {
  let cloud: StatesServer;
  let workers: Workers;
  let machine: string;
  /** The events that the provisioner got, in order. */
  let provisioned: { action: string }[];
  /** Processes an object for the workers; throws to fail the task. */
  let treat: (key: string, task: WorkerTask) => void;
  let provision: () => unknown;
  /** The promise that the workers await before they work. */
  let hold: Promise<void> | undefined;

  before(async () => {
    cloud = await startServer({
      functions: {
        provisioner: (payload) => {
          provisioned.push(payload as { action: string });
          return provision();
        },
        selector: () => ({ selected: 2, done: true, manifest: { Key: 'manifests/m.jsonl' } }),
      },
    });
    const activity = await createActivity(cloud);
    const definition = definitionOf(
      { BATCH_PROVISION_POLL_SECONDS: '1' },
      { ActivityArn: activity, Bucket: BUCKET },
    );
    const { stateMachineArn } = await cloud.sfn.send(
      new CreateStateMachineCommand({
        name: 'workflow',
        definition: JSON.stringify(definition),
        roleArn: ROLE,
      }),
    );
    machine = stateMachineArn ?? '';
    workers = startWorkers(cloud, activity, 8, async (task) => {
      const { token, input } = task;
      await hold;
      try {
        const results = input.objects.map(({ Key }: { Key: string }) => {
          treat(Key, task);
          return { object_key: Key, attempt: input.attempt, status: 'success' };
        });
        await cloud.sfn.send(
          new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(results) }),
        );
      } catch (error) {
        const { name, message } = error as Error;
        await cloud.sfn.send(new SendTaskFailureCommand({ taskToken: token, error: name, cause: message }));
      }
    });
  });

  beforeEach(() => {
    provisioned = [];
    treat = () => undefined;
    provision = () => FLEET;
    hold = undefined;
  });
  after(async () => {
    await workers.stop();
    await cloud.close();
  });

  function fail(name: string): never {
    throw Object.assign(new Error(`${name} happened`), { name });
  }

  /** Lines of a result file of the execution's map run. */
  async function results(execution: string, file: string): Promise<{ object_key: string }[]> {
    const folder = join(cloud.folder, 'results', execution);
    const [id = ''] = await readdir(folder);
    const text = await readFile(join(folder, id, file), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  async function putObjects(prefix: string, count: number): Promise<string[]> {
    const keys = Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`);
    await mkdir(join(cloud.folder, prefix), { recursive: true });
    for (const key of keys) await writeFile(join(cloud.folder, key), '');
    return keys;
  }

  it('processes the objects of its input', async () => {
    const objects = ['a', 'b', 'c'].map((Key) => ({ Key }));
    const arn = await start(cloud, machine, { worker_count: 2, objects }, 'inline');
    const { status, output } = await ended(cloud, arn);
    expect(status).to.equal('SUCCEEDED');
    const summary = JSON.parse(output ?? '');
    expect(summary).to.deep.include({ worker_count: 2, fleet: FLEET });
    expect(summary.item_counts).to.include({ Succeeded: 3, Total: 3, ResultsWritten: 3 });
    expect(summary.results.Key).to.match(/^results\/inline\/[0-9a-f-]{36}\/manifest\.json$/);
    const lines = await results('inline', 'SUCCEEDED_0.jsonl');
    expect(lines.map(({ object_key }) => object_key)).to.have.members(['a', 'b', 'c']);
    expect(provisioned.map(({ action }) => action)).to.deep.equal(['provision', 'deprovision']);
  });

  it('processes every object below a prefix, in batches', async () => {
    const keys = await putObjects('data/', 234);
    const arn = await start(cloud, machine, { worker_count: 2, prefix: 'data/', batch_size: 100 }, 'prefix');
    const { status } = await ended(cloud, arn);
    expect(status).to.equal('SUCCEEDED');
    const lines = await results('prefix', 'SUCCEEDED_0.jsonl');
    expect(lines.map(({ object_key }) => object_key)).to.have.members(keys);
    const { mapRuns: [run] = [] } = await cloud.sfn.send(new ListMapRunsCommand({ executionArn: arn }));
    const { itemCounts, executionCounts } = await cloud.sfn.send(
      new DescribeMapRunCommand({ mapRunArn: run?.mapRunArn }),
    );
    expect(itemCounts).to.include({ total: 234, succeeded: 234, pending: 0, running: 0 });
    expect(executionCounts).to.include({ total: 3, succeeded: 3 });
  });

  it('processes the objects of the list that the selector has made', async () => {
    await mkdir(join(cloud.folder, 'manifests'));
    await writeFile(join(cloud.folder, 'manifests/m.jsonl'), '{"Key":"x"}\n\n{"Key":"y\u2028z"}');
    const arn = await start(
      cloud,
      machine,
      { worker_count: 1, manifest: { Key: 'manifests/m.jsonl' } },
      'manifest',
    );
    expect((await ended(cloud, arn)).status).to.equal('SUCCEEDED');
    const lines = await results('manifest', 'SUCCEEDED_0.jsonl');
    expect(lines.map(({ object_key }) => object_key)).to.have.members(['x', 'y\u2028z']);
  });

  it('retries an interrupted task without counting it, and records permanent failures', async () => {
    const attempts: number[] = [];
    treat = (key, { input }) => {
      if (key === 'bad') fail('PermanentError');
      attempts.push(input.attempt);
      if (attempts.length === 1) fail('WorkerInterrupted');
    };
    const input = {
      worker_count: 1,
      objects: [{ Key: 'good' }, { Key: 'bad' }],
      tolerated_failure_percentage: 50,
    };
    const arn = await start(cloud, machine, input, 'retried');
    const { status, output } = await ended(cloud, arn);
    expect(status).to.equal('SUCCEEDED');
    expect(attempts).to.deep.equal([1, 2]);
    expect(JSON.parse(output ?? '').item_counts).to.include({ Succeeded: 1, Failed: 1 });
    const [failed] = (await results('retried', 'FAILED_0.jsonl')) as object[];
    expect(failed).to.include({
      Error: 'PermanentError',
      Cause: 'PermanentError happened',
      Status: 'FAILED',
    });
  });

  it('fails when more objects fail than the tolerance allows, and still deprovisions', async () => {
    treat = () => fail('ObjectNotFound');
    const objects = Array.from({ length: 50 }, (_, index) => ({ Key: `${index}` }));
    const arn = await start(cloud, machine, { worker_count: 1, objects }, 'intolerable');
    const { status, error } = await ended(cloud, arn);
    expect([status, error]).to.deep.equal(['FAILED', 'States.ExceedToleratedFailureThreshold']);
    expect(provisioned.at(-1)).to.include({ action: 'deprovision' });
    expect(await results('intolerable', 'FAILED_0.jsonl')).to.not.have.length(0);
    expect(await results('intolerable', 'PENDING_0.jsonl')).to.not.have.length(0);
  });

  it('waits until a worker runs, and fails with the provisioner’s reason', async () => {
    const answers: (() => unknown)[] = [
      () => ({ ...FLEET, ready: false }),
      () => fail('ProvisionTimeout'),
      () => FLEET,
    ];
    provision = () => answers.shift()?.();
    const arn = await start(cloud, machine, { worker_count: 1, objects: [{ Key: 'a' }] });
    const { status, error, cause } = await ended(cloud, arn);
    expect([status, error]).to.deep.equal(['FAILED', 'ProvisionTimeout']);
    expect(cause).to.equal('ProvisionTimeout happened');
    expect(provisioned.map(({ action }) => action)).to.deep.equal(['provision', 'provision', 'deprovision']);
  });

  it('refuses bad input before it provisions', async () => {
    const cases: [unknown, RegExp][] = [
      [[], /not a JSON object/],
      [{ objects: [{ Key: 'a' }] }, /worker_count is missing/],
      [{ worker_count: 0, objects: [{ Key: 'a' }] }, /1 to 100/],
      [{ worker_count: 1 }, /exactly one of/],
      [{ worker_count: 1, objects: [] }, /empty list/],
      [{ worker_count: 1, objects: [{ Key: 'a' }, {}] }, /no Key/],
      [{ worker_count: 1, prefix: '' }, /where this system writes/],
      [{ worker_count: 1, prefix: 'a/', batch_size: 1001 }, /1 to 1000/],
      [{ worker_count: 1, prefix: 'a/', typo: 1 }, /Unknown field typo/],
    ];
    for (const [input, reason] of cases) {
      const { status, error, cause } = await ended(cloud, await start(cloud, machine, input));
      expect([status, error]).to.deep.equal(['FAILED', 'InvalidInput']);
      expect(cause).to.match(reason);
    }
    expect(provisioned).to.deep.equal([]);
  });

  it('can be stopped in any state, and then does nothing more', async () => {
    const hanging = new Promise(() => undefined);
    const object = { worker_count: 1, objects: [{ Key: 'a' }] };
    const states: [state: string, provision: (action?: string) => unknown][] = [
      ['Provision', () => hanging],
      ['WaitForWorker', () => ({ ...FLEET, ready: false })],
      ['ProcessInlineObjects', () => FLEET],
      ['Deprovision', (action) => (action === 'deprovision' ? hanging : FLEET)],
    ];
    for (const [state, answer] of states) {
      provision = () => answer(provisioned.at(-1)?.action);
      let release: () => void = () => undefined;
      // The worker holds the one task until the execution is stopped.
      hold =
        state === 'ProcessInlineObjects' ? new Promise<void>((resolve) => (release = resolve)) : undefined;
      const executionArn = await start(cloud, machine, object);
      await until(async () => {
        const { events = [] } = await cloud.sfn.send(
          new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }),
        );
        const entered = events.find(({ type }) => type?.endsWith('StateEntered'));
        return entered?.stateEnteredEventDetails?.name === state;
      }, state);
      await cloud.sfn.send(new StopExecutionCommand({ executionArn }));
      release();
      expect(await ended(cloud, executionArn)).to.include({ status: 'ABORTED' });
      const { events = [] } = await cloud.sfn.send(
        new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }),
      );
      expect(events[0]?.type).to.equal('ExecutionAborted');
      expect(cloud.events.at(-1)?.detail).to.include({ executionArn, status: 'ABORTED' });
    }
  });

  it('keeps the history of children as well', async () => {
    const arn = await start(cloud, machine, { worker_count: 1, objects: [{ Key: 'a' }] });
    await ended(cloud, arn);
    const { mapRuns: [run] = [] } = await cloud.sfn.send(new ListMapRunsCommand({ executionArn: arn }));
    const { executions: [child] = [] } = await cloud.sfn.send(
      new ListExecutionsCommand({ mapRunArn: run?.mapRunArn }),
    );
    expect(child).to.include({ status: 'SUCCEEDED', itemCount: 1, mapRunArn: run?.mapRunArn });
    const { events = [] } = await cloud.sfn.send(
      new GetExecutionHistoryCommand({ executionArn: child?.executionArn }),
    );
    expect(events.map(({ type }) => type)).to.deep.equal([
      'ExecutionStarted',
      'TaskStateEntered',
      'ActivityScheduled',
      'ActivityStarted',
      'ActivitySucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events[3]?.activityStartedEventDetails?.workerName).to.match(/^worker-/);
  });
});

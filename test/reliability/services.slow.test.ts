/** Runs whose services throttle, fail or cannot be reached. The names are those of docs/reliability.md. */
import { GetExecutionHistoryCommand, ListExecutionsCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../local/cloud';
import type { Fault } from '../../local/core/faults';
import type { RequestRecord } from '../../local/core/gateway';
import type { ExecutionInput } from '../../runtime/contract';
import { type Ended, synthesizeForTest, TestCloud } from '../support/cloud';
import { Gate, isRead } from '../support/hold';
import { until } from '../support/until';

const KEYS = Array.from({ length: 6 }, (_, index) => `in/${index}`);
const INPUT: ExecutionInput = { worker_count: 1, prefix: 'in/' };

let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
let test: TestCloud;

async function start(simulateSeconds: number, options: Partial<LocalCloudOptions> = {}): Promise<void> {
  test = await TestCloud.start(stack.stackFolder, {
    workerEnvironment: { SIMULATE_SECONDS: `${simulateSeconds}` },
    ...options,
  });
  await test.put(KEYS);
}

/** Checks that a run succeeds, with every object done, and that no worker crashes. */
async function expectDone(ended: Ended, workers = 1): Promise<void> {
  await test.expectDone(ended, KEYS);
  expect(test.linesWith('Worker started')).to.have.length(workers);
}

/** The number of attempts that were begun at each object. */
const attempts = () => KEYS.map((key) => test.attemptsAt(key));
/** Tasks, of an object each, whose first attempt reached no worker. A worker without a slot for a task hands it back. */
const lost = () => {
  const begun = attempts().filter((each) => each.includes(1));
  const handedBack = test.linesWith('Task handed back').filter(({ attempt }) => attempt === 1);
  return KEYS.length - begun.length - handedBack.length;
};
/** Whether an activity task of the execution has timed out. */
async function hasTimedOut(executionArn: string): Promise<boolean> {
  const { sfn } = test.clients;
  const { mapRuns } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  const children = await sfn.send(new ListExecutionsCommand({ mapRunArn: mapRuns?.[0]?.mapRunArn }));
  for (const child of children.executions ?? []) {
    const { events } = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn: child.executionArn, reverseOrder: true }),
    );
    if (events?.some(({ type }) => type === 'ActivityTimedOut')) return true;
  }
  return false;
}

describe('reliability: the services', () => {
  before(async () => {
    stack = await synthesizeForTest({
      BATCH_PROCESSOR: 'simulate',
      BATCH_SLOTS_PER_WORKER: '2',
      BATCH_OBJECT_TIMEOUT_SECONDS: '60',
      BATCH_HEARTBEAT_SECONDS: '8',
      BATCH_STOP_TIMEOUT_SECONDS: '4',
      BATCH_PROVISION_POLL_SECONDS: '1',
    });
  });
  after(() => stack.remove());
  afterEach(() => test.close());

  describe('S3 or Step Functions throttle or answer 5xx; the connection drops for 30 s', () => {
    it('every kind of request of a worker is retried, after any outcome', async () => {
      const apis = ['s3:HeadObject', 's3:GetObject', 's3:PutObject', 'states:GetActivityTask'];
      const effects = ['throttle', 'error', 'drop'] as const;
      const faults: Fault[] = [
        ...[...apis, 'states:SendTaskSuccess'].flatMap((api) =>
          effects.map((effect) => ({ effect, api, count: 1 })),
        ),
        { effect: 'lose', api: 's3:PutObject', count: 1 },
        { effect: 'lose', api: 'states:SendTaskSuccess', count: 1 },
      ];
      await start(0, { faults });
      await expectDone(await test.run(INPUT));
      expect(Object.values(test.cloud.faults.injected())).to.deep.equal(faults.map(() => 1));
      expect(test.linesWith('Task failed')).to.deep.equal([]);
    });

    it('while S3 cannot be reached tasks fail and are retried, and no object fails permanently', async () => {
      await start(0);
      const reach = test.cloud.faults.inject({ effect: 'drop', api: 's3:*Object' });
      const execution = await test.begin(INPUT);
      await test.logged(({ message, attempt }) => message === 'Task failed' && Number(attempt) >= 2);
      reach();
      await expectDone(await test.end(execution));
      expect(new Set(test.linesWith('Task failed').map(({ error }) => error))).to.deep.equal(
        new Set(['StorageError']),
      );
    });

    it("a finished task's report is retried until it is accepted, heartbeats going on meanwhile", async () => {
      let heartbeats = 0;
      const onRequest = ({ action }: RequestRecord) => {
        if (action === 'SendTaskHeartbeat') heartbeats += 1;
      };
      await start(0, { onRequest });
      const accept = test.cloud.faults.inject({ effect: 'drop', api: 'states:SendTaskSuccess' });
      const execution = await test.begin(INPUT);
      // Two tasks send three heartbeats each in a heartbeat's timeout, so six take that time.
      await until(() => heartbeats > 6, 'heartbeats go on');
      accept();
      await expectDone(await test.end(execution));
      expect(test.linesWith('Report failed, trying again').length).to.be.at.least(2);
      expect(attempts().map(({ length }) => length)).to.deep.equal(KEYS.map(() => 1));
    });

    it('a report that comes too late is dropped: the task has expired, and is done again', async () => {
      await start(1);
      const execution = await test.begin(INPUT);
      await test.processing();
      const restore = [
        test.cloud.faults.inject({ effect: 'drop', api: '*' }),
        test.cloud.faults.inject({ effect: 'lose', api: '*' }),
      ];
      await until(() => hasTimedOut(execution), 'a task times out');
      for (const each of restore) each();
      await expectDone(await test.end(execution));
      expect(test.linesWith('Report failed, trying again')).to.not.deep.equal([]);
      const late = ['Report refused: Step Functions has given the task up', 'Report abandoned'];
      expect(late.flatMap((message) => test.linesWith(message))).to.not.deep.equal([]);
    });
  });

  describe("a poll's response is lost, so a token is gone", () => {
    // Polls wait until a task exists, no matter how long the map takes to start: the first poll brings it.
    const activityPollSeconds = 60;

    it('its task times out and is retried', async () => {
      const lose = { effect: 'lose', api: 'states:GetActivityTask', count: 1 } as const;
      await start(0, { activityPollSeconds, faults: [lose] });
      await expectDone(await test.run(INPUT));
      expect(lost()).to.equal(1);
    });

    it('it blocks no slot: if no task comes, the worker opens more polls', async () => {
      // Neither the response nor the end of its connection reaches the worker's only slot.
      const delay = { effect: 'delay', api: 'states:GetActivityTask', seconds: 3600 } as const;
      await start(0, {
        activityPollSeconds,
        workerEnvironment: { SIMULATE_SECONDS: '0', WORKER_SLOTS: '1' },
        faults: [{ ...delay, count: 3 }],
      });
      await expectDone(await test.run(INPUT));
      expect(Object.values(test.cloud.faults.injected())).to.deep.equal([3]);
      expect(Math.max(...attempts().flat())).to.be.at.least(2);
    });

    it('other pollers are not held up', async () => {
      // The response never comes, and the connection stays.
      await start(0, {
        activityPollSeconds,
        faults: [{ effect: 'delay', api: 'states:GetActivityTask', seconds: 3600, count: 1 }],
      });
      await expectDone(await test.run(INPUT));
      expect(lost()).to.equal(1);
    });
  });

  describe('the provisioner is throttled', () => {
    const api = 'autoscaling:SetDesiredCapacity';
    /** The SDK gives up after 5, so the function fails and is tried again. */
    const count = 6;

    it('it is retried, and the fleet has the right size, before the run and after it', async () => {
      const faults: Fault[] = [
        { effect: 'throttle', api, count: 2 },
        // The events of the run's end.
        { effect: 'error', api, skip: 1, count },
        { effect: 'throttle', api: 'autoscaling:Describe*', count: 1 },
        { effect: 'throttle', api: 'ecs:*', count: 1 },
        { effect: 'throttle', api: 'states:ListExecutions', count: 1 },
        { effect: 'throttle', api: 'lambda:Invoke', count: 1 },
      ];
      const reads = new Gate((handle) => isRead('in/', handle));
      await start(0, { faults, intercept: (handle) => reads.intercept(handle) });
      const execution = await test.begin({ ...INPUT, worker_count: 2 });
      await until(() => test.linesWith('Worker started').length === 2, 'both workers start');
      reads.open();
      await expectDone(await test.end(execution), 2);
      await test.fleetIsGone();
      expect(Object.values(test.cloud.faults.injected())).to.deep.equal([2, count, 1, 1, 1, 1]);
    });

    it('after an execution that was stopped, the guard is retried until the fleet is gone', async () => {
      await start(60, { asyncRetrySeconds: [0.1, 0.1] });
      const executionArn = await test.begin(INPUT);
      await test.processing();
      test.cloud.faults.inject({ effect: 'throttle', api, count });
      await test.stop(executionArn);
      await test.fleetIsGone();
      expect(Object.values(test.cloud.faults.injected())).to.deep.equal([count]);
    });
  });
});

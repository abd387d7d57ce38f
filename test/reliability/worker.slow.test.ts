/** Runs whose workers die: real bundles, real signals, in the local cloud. The names are those of docs/reliability.md. */
import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../local/cloud';
import type { ExecutionInput } from '../../runtime/contract';
import { type LogLine, synthesizeForTest, TestCloud } from '../support/cloud';
import { Gate, isRead } from '../support/hold';
import { noneLeft } from '../support/processes';
import { until } from '../support/until';

const KEYS = Array.from({ length: 6 }, (_, index) => `in/${index}`);
const INPUT: ExecutionInput = { worker_count: 1, prefix: 'in/' };

/** Only a test that fails waits for one of its timeouts. */
let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
/** A stack that notices a killed worker within seconds. */
let mortal: Awaited<ReturnType<typeof synthesizeForTest>>;
let test: TestCloud;

async function start(
  workerEnvironment: Record<string, string> = {},
  { on = stack, ...options }: Partial<LocalCloudOptions> & { on?: typeof stack } = {},
): Promise<void> {
  test = await TestCloud.start(on.stackFolder, {
    // A task that hangs is handed back in seconds, and the stop timeout of ECS is longer.
    workerEnvironment: { SIMULATE_SECONDS: '0', STOP_TIMEOUT_SECONDS: '8', ...workerEnvironment },
    ...options,
  });
  await test.put(KEYS);
}

describe('reliability: the worker', () => {
  before(async () => {
    const settings = {
      BATCH_PROCESSOR: 'simulate',
      BATCH_SLOTS_PER_WORKER: '2',
      BATCH_OBJECT_TIMEOUT_SECONDS: '7200',
      BATCH_HEARTBEAT_SECONDS: '3600',
      BATCH_STOP_TIMEOUT_SECONDS: '120',
      BATCH_PROVISION_POLL_SECONDS: '1',
      BATCH_READ_PREFIXES: 'in/',
    };
    stack = await synthesizeForTest(settings);
    mortal = await synthesizeForTest({ ...settings, BATCH_HEARTBEAT_SECONDS: '5' });
  });
  after(async () => {
    await stack.remove();
    await mortal.remove();
  });
  afterEach(() => test.close());

  describe('a worker is killed (SIGKILL) while it has tasks', () => {
    it('heartbeats stop, its tasks run elsewhere, and ECS replaces it', async () => {
      const reads = new Gate((handle) => isRead('in/', handle));
      await start({}, { on: mortal, intercept: (handle) => reads.intercept(handle) });
      const execution = await test.begin({ ...INPUT, worker_count: 2 });
      await test.processing();
      await until(() => test.linesWith('Worker started').length === 2, 'both workers start');
      test.killWorker();
      await until(() => test.linesWith('Worker started').length === 3, 'a worker takes its place');
      reads.open();
      await test.expectDone(await test.end(execution), KEYS);
    });
  });

  describe('an object kills every worker that has it', () => {
    /** Kills the worker that reads the object, this number of times. Returns how often it did. */
    async function startKilling(
      key: string,
      times: number,
      environment: Record<string, string> = {},
    ): Promise<() => number> {
      let kills = 0;
      await start(environment, {
        on: mortal,
        intercept: (handle) => {
          if (kills === times || !isRead(key, handle)) return undefined;
          kills += 1;
          test.killWorker();
          // The slot of the dead worker cannot write the output.
          return new Promise<never>(() => {});
        },
      });
      return () => kills;
    }

    it('its task comes back later each time, from the third time on alone, so that it costs no other task', async () => {
      const kills = await startKilling('in/0', 4);
      const execution = await test.begin(INPUT);
      const ended = await test.end(execution);
      await test.expectDone(ended, KEYS);
      expect(kills()).to.equal(4);
      expect(test.attemptsAt('in/0')).to.have.length(5);
      const deaths = test.linesWith('Processing task').flatMap((line) => Number(line.deaths ?? []));
      expect(Math.max(...deaths)).to.equal(4);
      // Each of the others saw two deaths at most. If a worker hands a task back, since it tries another one alone, that is another
      // attempt.
      const most = 3 + test.linesWith('Task handed back').length;
      for (const key of KEYS.slice(1)) expect(Math.max(...test.attemptsAt(key)), key).to.be.at.most(most);
    });

    it('the other objects of its task are done, and skipped when it comes again', async () => {
      // One after the other, so that no write is under way when a worker dies.
      await startKilling('in/2', 3, { SLOT_OBJECTS_IN_FLIGHT: '1' });
      const execution = await test.begin({ ...INPUT, batch_size: KEYS.length });
      const ended = await test.end(execution);
      expect(ended).to.include({ status: 'SUCCEEDED' });
      expect(ended.results).to.include({ succeeded: 1, skipped: KEYS.length - 1, failed: 0 });
      const said = test.linesWith('S3 object processed successfully');
      expect(said.map(({ key }) => key)).to.deep.equal(['in/0', 'in/1', 'in/5', 'in/4', 'in/3', 'in/2']);
    });
  });

  describe('SIGTERM (Spot notice, scale-in, deploy)', () => {
    const HANGING_ONCE = { SIMULATE_FAULT: 'hang', SIMULATE_FAULT_KEY: 'in/0', SIMULATE_FAULT_ATTEMPTS: '1' };

    it('polling stops at once, tasks that can finish do, and the rest is handed back and runs elsewhere', async () => {
      const others = new Gate((handle) => isRead('in/', handle) && !isRead('in/0', handle));
      await start(HANGING_ONCE, { intercept: (handle) => others.intercept(handle) });
      const execution = await test.begin(INPUT);
      await test.processing('in/0');
      await test.logged(({ message, key }) => message === 'Processing S3 object' && key !== 'in/0');
      const gone = test.interruptInstance();
      await test.logged(({ message }) => message === 'Worker draining');
      others.open();
      await gone;
      const said = test.lines.map(({ message }) => message);
      const last = said.slice(said.indexOf('Worker draining'), said.indexOf('Worker stopped'));
      expect(last).not.to.include('Processing task');
      expect(last).to.include.members(['Task completed', 'Task failed']);
      expect(test.linesWith('Task failed').map(({ error }) => error)).to.deep.equal(['WorkerInterrupted']);
      await test.expectDone(await test.end(execution), KEYS);
    });

    it('the worker ends by itself, before the stop timeout', async () => {
      await start({ SIMULATE_FAULT: 'block', SIMULATE_FAULT_KEY: 'in/0', SIMULATE_FAULT_ATTEMPTS: '1' });
      const execution = await test.begin(INPUT);
      await test.processing('in/0');
      await test.interruptInstance();
      const { clusterName: cluster } = test.deployment;
      const { taskArns: tasks } = await test.clients.ecs.send(
        new ListTasksCommand({ cluster, desiredStatus: 'STOPPED' }),
      );
      const described = await test.clients.ecs.send(new DescribeTasksCommand({ cluster, tasks }));
      // After SIGKILL it would be 137.
      expect(described.tasks?.map(({ containers }) => containers?.[0]?.exitCode)).to.deep.equal([0]);
      await test.expectDone(await test.end(execution), KEYS);
    });

    it('a poll that is open ends by itself: a task that it brings is handed back at once, and nothing waits for a heartbeat', async () => {
      let polls = 0;
      const reads = new Gate((handle) => isRead('in/0', handle));
      await start(
        // The worker waits for its task, no matter how long the second execution takes to begin.
        { STOP_TIMEOUT_SECONDS: '3600' },
        {
          activityPollSeconds: 60,
          intercept: (handle) => {
            if (handle.action === 'GetActivityTask') polls += 1;
            return reads.intercept(handle);
          },
        },
      );
      const first = await test.begin({ worker_count: 1, objects: [{ Key: 'in/0' }] });
      await test.processing('in/0');
      await until(() => polls > 1, "the other slot's poll is open");
      const draining = test.interruptInstance();
      await test.logged(({ message }) => message === 'Worker draining');
      const second = await test.begin({ worker_count: 1, objects: [{ Key: 'in/1' }] });
      const { reason } = await test.logged(({ message }) => message === 'Task handed back');
      expect(reason).to.equal('the worker was told to stop');
      reads.open();
      await draining;
      for (const execution of [first, second]) {
        const ended = await test.end(execution);
        expect(ended, ended.cause).to.include({ status: 'SUCCEEDED' });
        expect(ended.results).to.include({ succeeded: 1, failed: 0 });
      }
      // A dead worker's task would be States.HeartbeatTimeout, after an hour, and count a death.
      expect(test.linesWith('Processing task').filter(({ deaths }) => deaths)).to.deep.equal([]);
      // Each poll that was open may have brought it.
      const [attempt, ...others] = test.attemptsAt('in/1');
      expect(attempt).to.be.at.least(2);
      expect(others).to.deep.equal([]);
    });

    it('being handed back uses up none of the 3 attempts', async () => {
      const reads = new Gate((handle) => isRead('in/0', handle));
      await start({ STOP_TIMEOUT_SECONDS: '2' }, { intercept: (handle) => reads.intercept(handle) });
      const execution = await test.begin(INPUT);
      // A worker that has no slot for the task hands it back, too: that attempt begins with no object.
      for (let interruptions = 0, last = 0; interruptions < 4; interruptions += 1) {
        const isNext = ({ message, key, attempt }: LogLine) =>
          message === 'Processing S3 object' && key === 'in/0' && Number(attempt) > last;
        last = Number((await test.logged(isNext, `an attempt after the attempt ${last}`)).attempt);
        await test.interruptInstance();
      }
      reads.open();
      await test.expectDone(await test.end(execution), KEYS);
      expect(test.attemptsAt('in/0')).to.have.length.of.at.least(5);
    });
  });

  describe('a worker is killed while a processor blocks, with a child process', () => {
    it('no process of it is left, and its tasks run elsewhere', async () => {
      await start(
        { SIMULATE_FAULT: 'child-process', SIMULATE_FAULT_KEY: 'in/0', SIMULATE_FAULT_ATTEMPTS: '1' },
        { on: mortal },
      );
      const execution = await test.begin(INPUT);
      await test.processing('in/0');
      if (process.platform === 'linux')
        await until(() => test.processes(/^sleep /).length === 1, 'a child process runs');
      const slots = test.processes(/slot\.js|^sleep /);
      if (process.platform === 'linux') expect(slots).to.have.length.of.at.least(2);
      const pids = slots.map(({ pid }) => pid);
      test.killWorker();
      await noneLeft(() => test.processes().filter(({ pid }) => pids.includes(pid)));
      await test.expectDone(await test.end(execution), KEYS);
    });
  });
});

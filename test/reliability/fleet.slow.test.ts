/**
 * The fleet under faults: the real function, called by the real workflow and guard in the local cloud. The names are those
 * of docs/reliability.md.
 */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListExecutionsCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { Snapshot } from '../../client';
import { readShortage } from '../../client/follow/map-run';
import type { LocalCloudOptions } from '../../local/cloud';
import { DropConnection, type RequestHandle } from '../../local/core/gateway';
import type { FleetStatus, ProvisionerEvent } from '../../runtime/contract';
import { summarize } from '../../scripts/run/summary';
import { type Ended, SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { type Document, editJson, editStack } from '../support/edited-stack';
import { Gate, Hold, isBy, isRead } from '../support/hold';
import { until } from '../support/until';

const KEYS = Array.from({ length: 6 }, (_, index) => `in/${index}`);
const OTHER_KEYS = ['other/0', 'other/1'];
const NO_CAPACITY = 'We currently do not have sufficient m6i.large capacity. Launching EC2 instance failed.';
const QUOTA =
  'You have requested more vCPU capacity than your current vCPU limit of 8 allows. Launching EC2 instance failed.';

describe('reliability: the fleet', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  let intercept: (handle: RequestHandle) => unknown;
  let gates: Gate[];
  /** Every desired capacity that was set, in order. */
  let sizes: number[];

  before(async () => {
    stack = await synthesizeForTest({
      ...SMALL_FLEET,
      // Longer than any of these tests: a worker whose execution has ended does not need this time.
      BATCH_STOP_TIMEOUT_SECONDS: '120',
    });
  });
  after(() => stack.remove());
  beforeEach(() => {
    intercept = () => undefined;
    gates = [];
    sizes = [];
  });
  afterEach(() => test.close());

  const start = async (options: Partial<LocalCloudOptions> = {}, stackFolder = stack.stackFolder) => {
    test = await TestCloud.start(stackFolder, {
      intercept: async (handle) => {
        await Promise.all(gates.map((gate) => gate.intercept(handle)));
        return intercept(handle);
      },
      onRequest: ({ action, status }) => {
        if (action === 'SetDesiredCapacity' && status === 200) sizes.push(test.fleet.desired);
      },
      ...options,
    });
    await test.put([...KEYS, ...OTHER_KEYS]);
  };
  const simulating = (more: Record<string, string> = {}) => ({
    workerEnvironment: { SIMULATE_SECONDS: '0', ...more },
  });
  /**
   * With this number of workers, the workers process objects of both executions. The other one has two objects, and begins first: tasks of
   * an execution that wait would take the slots of the next one, too.
   */
  const beginBoth = async (workers: Record<'other' | 'long', number>) => {
    const other = await test.begin({ worker_count: workers.other, prefix: 'other/' });
    await test.processing('other/');
    const long = await test.begin({ worker_count: workers.long, prefix: 'in/' });
    await test.processing('in/');
    return { other, long };
  };
  /** Workers begin objects whose keys have this prefix, and end none of them until the gate is opened. */
  const gate = (prefix: string) => {
    const closed = new Gate((handle) => isRead(prefix, handle));
    gates.push(closed);
    return closed;
  };
  /** Invokes the function as a rule of EventBridge does. */
  const tell = async (event: ProvisionerEvent): Promise<FleetStatus> => {
    const client = new LambdaClient(test.cloud.clientConfig);
    const command = { FunctionName: 'batch-processor-provisioner', Payload: JSON.stringify(event) };
    const { FunctionError, Payload } = await client.send(new InvokeCommand(command));
    client.destroy();
    expect(FunctionError).to.equal(undefined);
    return JSON.parse(Payload?.transformToString() ?? '');
  };
  const expectAllDone = ({ status, results }: Ended, keys: string[]) => {
    expect(status).to.equal('SUCCEEDED');
    expect(results).to.include({ succeeded: keys.length, failed: 0 });
  };
  const functionProcesses = () => {
    const workers = test.workers().map(({ pid }) => pid);
    return test.cloud.processes().filter((pid) => !workers.includes(pid));
  };

  describe('the group cannot reach N (no capacity, account quota, max size)', () => {
    const input = { worker_count: 3, prefix: 'in/' };
    const summaryOf = async (executionArn: string) => {
      const execution = test.batch.execution(executionArn);
      const ended = await execution.describe();
      let last = {} as Snapshot;
      for await (last of execution.follow());
      const work = { workers: 0, workerSeconds: 0, attempts: 0, objects: 0 };
      return summarize(test, execution, { ended, last, work });
    };

    for (const [fault, reason] of [
      ['no capacity', NO_CAPACITY],
      ['account quota', QUOTA],
    ] as const) {
      it(`${fault}: goes on with the workers that started, and says so in the summary`, async () => {
        await start({
          ...simulating(),
          faults: [{ effect: 'refuse', what: 'instances', skip: 1, reason }],
        });
        const executionArn = await test.begin(input);
        const ended = await test.end(executionArn);
        expectAllDone(ended, KEYS);
        expect(ended.output?.fleet).to.deep.equal({
          needed: 3,
          desired: 3,
          in_service: 1,
          running: 1,
          reason,
        });
        expect(await summaryOf(executionArn)).to.include({
          workers: 3,
          workers_running: 1,
          shortage: reason,
        });
        await test.fleetIsGone();
      });
    }

    it('max size: goes on with the workers that started, and says so in the summary', async () => {
      const smaller = editStack(stack.stackFolder, ({ resource }) => {
        resource.aws_autoscaling_group.workers.max_size = 1;
      });
      await start(simulating(), smaller);
      const executionArn = await test.begin(input);
      expectAllDone(await test.end(executionArn), KEYS);
      const summary = await summaryOf(executionArn);
      expect(summary).to.include({ workers: 3, workers_running: 1 });
      expect(summary.shortage).to.match(/need 3 workers, and the group has at most 1/);
      await test.fleetIsGone();
    });

    it('with no worker, the client that follows it gets the reason', async () => {
      await start({ faults: [{ effect: 'refuse', what: 'instances', reason: QUOTA }] });
      const executionArn = await test.begin(input);
      expect(await until(() => readShortage(test.batch, executionArn), 'the reason is known')).to.include(
        QUOTA,
      );
      await test.stop(executionArn);
      await test.fleetIsGone();
    });

    it('with no worker it fails with the group’s own reason, and scales in', async () => {
      const shortTimeout = editStack(stack.stackFolder, ({ resource }) => {
        const [environment] = [resource.aws_lambda_function.provisioner.environment].flat();
        environment.variables.PROVISION_TIMEOUT_SECONDS = '2';
      });
      await start({ faults: [{ effect: 'refuse', what: 'instances', reason: QUOTA }] }, shortTimeout);
      // So the reason is known, even if the first call of the function is late.
      test.fleet.setDesired(1, 'a test');
      const isRefused = () => test.fleet.activities.some(({ StatusCode }) => StatusCode === 'Failed');
      await until(isRefused, 'no instance can be launched');
      const ended = await test.run(input);
      expect(ended).to.include({ status: 'FAILED', error: 'ProvisionTimeout' });
      expect(ended.cause)
        .to.match(/^No worker runs after \d+ s \(desired 3, in service 0\): /)
        .and.include(QUOTA);
      await test.fleetIsGone();
    });
  });

  describe('tasks cannot start (image missing, bad command, out of memory)', () => {
    const cases: [string, (containers: [Document]) => void, RegExp][] = [
      [
        'image missing',
        ([container]) => {
          container.image = 'batch-processor/worker:gone';
        },
        /^CannotPullContainerError: [^;]*batch-processor\/worker:gone: not found$/,
      ],
      [
        'bad command',
        ([container]) => {
          container.command = ['nodejs-of-old', 'main.js'];
        },
        /^CannotStartContainerError: [^;]*exec: "nodejs-of-old": executable file not found[^;]*$/,
      ],
      [
        'out of memory',
        ([container]) => {
          container.memory = 20;
        },
        /OutOfMemoryError: Container killed due to memory usage; exit code 137(\.|$)/,
      ],
      [
        'a secret that ECS cannot read',
        ([container]) => {
          const valueFrom = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbC123:key::';
          container.secrets = [{ name: 'API_KEY', valueFrom }];
        },
        /^ResourceInitializationError: .* failed to fetch secret arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbC123 from secrets manager: AccessDeniedException: User: .*task-execution.* is not authorized to perform: secretsmanager:GetSecretValue/,
      ],
      [
        'a worker that gives up',
        ([container]) => {
          container.environment = [];
        },
        /^Essential container in task exited; exit code 1\. The worker wrote:\nWorker cannot work: Error: Bad environment: ACTIVITY_ARN: /,
      ],
    ];
    for (const [fault, change, reason] of cases) {
      it(`${fault}: fails with the reason, long before the provision timeout`, async () => {
        const edited = editStack(stack.stackFolder, ({ resource }) => {
          editJson(resource.aws_ecs_task_definition.worker, 'container_definitions', change);
          // On a busy machine, a worker takes a while to fail, and must not count as one that started.
          const [environment] = [resource.aws_lambda_function.provisioner.environment].flat();
          environment.variables.PROVISION_POLL_SECONDS = '120';
          // The execution does not have to wait that long.
          editJson(resource.aws_sfn_state_machine.workflow, 'definition', ({ States }) => {
            States.WaitForWorker.Seconds = 1;
          });
        });
        await start({}, edited);
        const ended = await test.run({ worker_count: 2, prefix: 'in/' });
        expect(ended).to.include({ status: 'FAILED', error: 'WorkersCannotStart' });
        expect(ended.cause).to.match(reason);
        await test.fleetIsGone();
      });
    }

    /** An execution that works, until its only worker ends and no other can start. */
    const loseWorkers = async (stackFolder?: string) => {
      await start(simulating(), stackFolder);
      // So the execution does not wait for its worker.
      test.fleet.setDesired(1, 'a test');
      await test.logged(({ message }) => message === 'Worker started');
      const held = gate('in/');
      const executionArn = await test.begin({ worker_count: 1, prefix: 'in/' });
      await test.processing('in/');
      const letThemStart = test.cloud.faults.inject({ effect: 'refuse', what: 'workers' });
      for (const { pid } of test.workers()) process.kill(pid as number, 'SIGTERM');
      await test.logged(({ message }) => message === 'Worker draining');
      held.open();
      const tasks = () => test.cloud.services.ecs.clusters.flatMap((cluster) => [...cluster.tasks.values()]);
      const refused = () => tasks().filter(({ stopCode }) => stopCode === 'TaskFailedToStart');
      await until(() => refused().length >= 3, 'three workers are refused');
      return { executionArn, letThemStart };
    };

    it('in the middle of the work: stopped with ECS’s own reason, and redriven when workers can start', async () => {
      const shortTimeout = editStack(stack.stackFolder, ({ resource }) => {
        resource.aws_lambda_function.provisioner.environment.variables.PROVISION_TIMEOUT_SECONDS = '1';
      });
      const { executionArn, letThemStart } = await loseWorkers(shortTimeout);
      await until(async () => {
        await tell({ action: 'reconcile' });
        return (await test.describe(executionArn)).status !== 'RUNNING';
      }, 'the execution is stopped');
      expect(await test.describe(executionArn)).to.include({
        status: 'ABORTED',
        error: 'WorkersCannotStart',
      });
      expect((await test.describe(executionArn)).cause).to.match(/^CannotPullContainerError: /);
      await test.fleetIsGone();

      letThemStart();
      await test.clients.sfn.send(new RedriveExecutionCommand({ executionArn }));
      expectAllDone(await test.end(executionArn), KEYS);
      await test.fleetIsGone();
    });

    it('in the middle of the work, for less than the provision timeout: goes on', async () => {
      const { executionArn, letThemStart } = await loseWorkers();
      await tell({ action: 'reconcile' });
      letThemStart();
      expectAllDone(await test.end(executionArn), KEYS);
      await test.fleetIsGone();
    });
  });

  describe('the provisioner is throttled, crashes half-way, or runs twice at once', () => {
    it('crashes before and after it has set the size: is retried; the fleet ends with the right size', async () => {
      let kills = 0;
      const crash = () => {
        kills += 1;
        for (const pid of functionProcesses()) process.kill(pid, 'SIGKILL');
        throw new DropConnection();
      };
      const isCrashing = ({ action }: RequestHandle, phase: number) =>
        action === 'SetDesiredCapacity' && kills < 4 && kills % 2 === phase;
      // The faults of the two sizes that a run sets: not carried out, then carried out with the answer lost.
      await start({
        ...simulating(),
        intercept: (handle) => (isCrashing(handle, 0) ? crash() : undefined),
        interceptResponse: (handle) => (isCrashing(handle, 1) ? crash() : undefined),
      });
      expectAllDone(await test.run({ worker_count: 2, prefix: 'in/' }), KEYS);
      await test.fleetIsGone();
      expect(kills).to.equal(4);
    });

    it('runs twice at once: the fleet is as large as the executions need, no larger and no smaller', async () => {
      await start(simulating());
      const held = { in: gate('in/'), other: gate('other/') };
      const { other, long: executionArn } = await beginBoth({ other: 1, long: 2 });
      sizes = [];
      const provision = {
        action: 'provision',
        execution_arn: executionArn,
        redrive_count: 0,
        worker_count: 2,
        processor: 'simulate',
        parameters: {},
        started_at: new Date().toISOString(),
      } as const;
      const reconcile = { action: 'reconcile' } as const;
      await Promise.all([provision, provision, reconcile, reconcile].map(tell));
      expect(sizes).to.deep.equal([]);
      held.other.open();
      expectAllDone(await test.end(other), OTHER_KEYS);
      const late = { action: 'deprovision', execution_arn: other, redrive_count: 0 } as const;
      await Promise.all([tell(late), tell(late), tell({ ...late, worker_count: 1 })]);
      expect(sizes).to.deep.equal([2]);
      held.in.open();
      expectAllDone(await test.end(executionArn), KEYS);
      await test.fleetIsGone();
      expect(sizes).to.deep.equal([2, 0]);
    });
  });

  describe('a draining instance does not end', () => {
    it('is named by answer, log and metric of the next scheduled call, until it has ended', async () => {
      const patient = editStack(stack.stackFolder, ({ resource }) => {
        editJson(resource.aws_ecs_task_definition.worker, 'container_definitions', ([container]) => {
          container.stopTimeout = 3600;
        });
      });
      await start(simulating(), patient);
      const held = gate('in/');
      const executionArn = await test.begin({ worker_count: 1, prefix: 'in/' });
      await test.processing('in/');
      const [worker] = test.workers();
      const [instance] = test.fleet.instances.values();
      // Only SIGKILL ends it, which ECS does not send for an hour.
      process.kill(worker?.pid as number, 'SIGSTOP');
      await test.stop(executionArn);
      await until(() => instance?.lifecycleState === 'Terminating:Wait', 'the instance drains');
      expect(await tell({ action: 'reconcile' })).to.deep.include({ in_service: 0, idle: 0, stuck: [] });

      const since = new Date(Date.now() - 3_600_000);
      for (const activity of test.fleet.activities) activity.StartTime = since;
      const stuck = [{ instance_id: instance?.id, state: 'terminating', since: since.toISOString() }];
      expect(await tell({ action: 'reconcile' })).to.deep.include({ in_service: 0, stuck });
      const warning = await test.logged(({ message }) => message === 'Instances do not end');
      expect(warning.instances).to.deep.equal(stuck);
      await test.logged(({ StuckInstances }) => StuckInstances === 1);

      held.open();
      process.kill(worker?.pid as number, 'SIGCONT');
      await test.fleetIsGone();
      expect(await tell({ action: 'reconcile' })).to.deep.include({ stuck: [] });
    });
  });

  describe('two executions at once; one ends, fails or is stopped while the other works', () => {
    const cases: [string, string, (executionArn: string) => Promise<unknown>][] = [
      ['ends', 'SUCCEEDED', async () => {}],
      ['fails', 'FAILED', async () => {}],
      ['is stopped', 'ABORTED', (executionArn) => test.stop(executionArn)],
    ];
    for (const [how, status, act] of cases) {
      it(`one ${how}: the other always has its workers and loses no task; afterwards zero`, async () => {
        const faulty: Record<string, string> =
          how === 'fails' ? { SIMULATE_FAULT: 'permanent', SIMULATE_FAULT_KEY: 'other' } : {};
        await start(simulating(faulty));
        const held = { in: gate('in/'), other: gate('other/') };
        const { other: short, long } = await beginBoth({ other: 2, long: 2 });
        expect(test.fleet.desired, 'the fleet has room for both').to.equal(4);
        sizes = [];
        await act(short);
        held.other.open();
        expect((await test.end(short)).status).to.equal(status);
        await test.reconciled('deprovision', short);
        held.in.open();
        expectAllDone(await test.end(long), KEYS);
        await test.fleetIsGone();
        expect(sizes).to.deep.equal([2, 0]);
      });
    }
  });

  describe('two start in the same second', () => {
    it('the fleet has room for both', async () => {
      await start(simulating());
      const held = [gate('in/'), gate('other/')];
      const both = await Promise.all([
        test.begin({ worker_count: 1, prefix: 'in/' }),
        test.begin({ worker_count: 2, prefix: 'other/' }),
      ]);
      await until(() => test.fleet.desired === 3, 'the fleet has room for both');
      for (const each of held) each.open();
      const [one, two] = await Promise.all(both.map((executionArn) => test.end(executionArn)));
      expectAllDone(one as Ended, KEYS);
      expectAllDone(two as Ended, OTHER_KEYS);
      await test.fleetIsGone();
    });

    it('the fleet has room for both if the first sets its size after the second', async () => {
      await start(simulating());
      const held = gate('other/');
      const hold = new Hold(({ action }) => action === 'SetDesiredCapacity');
      intercept = (handle) => hold.intercept(handle);
      const first = await test.begin({ worker_count: 1, prefix: 'in/' });
      await hold.reached;
      const second = await test.begin({ worker_count: 2, prefix: 'other/' });
      await until(() => test.fleet.desired === 3, 'the second sets what both need');
      hold.release();
      await test.reconciled('provision', first);
      held.open();
      expect(sizes.slice(0, 3)).to.deep.equal([3, 1, 3]);
      expectAllDone(await test.end(first), KEYS);
      expectAllDone(await test.end(second), OTHER_KEYS);
      await test.fleetIsGone();
    });
  });

  describe("one execution's list of running executions is stale", () => {
    /** The list that the provisioner sees; undefined: the executions that run. */
    let stale: () => object | undefined | Promise<object | undefined>;
    let held: Record<'in' | 'other', Gate>;
    beforeEach(async () => {
      stale = () => undefined;
      intercept = (handle) =>
        handle.action === 'ListExecutions' && isBy('provisioner', handle) ? stale() : undefined;
      await start(simulating());
      held = { in: gate('in/'), other: gate('other/') };
    });

    const beginTogether = async () => {
      const { other: short, long } = await beginBoth({ other: 1, long: 2 });
      // Their maps have started: no size is set until one of them ends.
      expect(test.fleet.desired).to.equal(3);
      sizes = [];
      return { long, short };
    };

    it('without the other execution, when one deprovisions: the other keeps its workers', async () => {
      const { long, short } = await beginTogether();
      // As long as the execution runs, its own workflow calls the provisioner; then the guard does.
      const isEnding = async () => (await test.describe(short)).status === 'RUNNING';
      stale = async () => ((await isEnding()) ? { executions: [] } : undefined);
      held.other.open();
      expectAllDone(await test.end(short), OTHER_KEYS);
      expect(sizes).to.deep.equal([2]);
      held.in.open();
      expectAllDone(await test.end(long), KEYS);
      await test.fleetIsGone();
      expect(sizes).to.deep.equal([2, 0]);
    });

    it('without the other execution, when the guard looks: the next reconcile corrects the size, and nothing is lost', async () => {
      const { long, short } = await beginTogether();
      stale = () => ({ executions: [] });
      await test.stop(short);
      await until(() => test.fleet.desired === 0, 'the guard takes all workers away');
      stale = () => undefined;
      await tell({ action: 'reconcile' });
      expect(test.fleet.desired).to.equal(2);
      held.in.open();
      expectAllDone(await test.end(long), KEYS);
      await test.fleetIsGone();
    });

    it('without the execution itself, when it provisions: it waits until it is listed', async () => {
      stale = () => ({ executions: [] });
      held.other.open();
      const executionArn = await test.begin({ worker_count: 1, prefix: 'other/' });
      await until(() => test.workers().length === 1, 'it has its worker');
      const calls = async () =>
        (await test.statesEntered(executionArn)).filter((state) => state === 'Provision').length;
      await until(async () => (await calls()) > 3, 'it asks again and again');
      stale = () => undefined;
      expectAllDone(await test.end(executionArn), OTHER_KEYS);
      await test.fleetIsGone();
    });

    it('with an execution that has ended: the fleet scales in anyway', async () => {
      const executionArn = await test.begin({ worker_count: 1, prefix: 'other/' });
      await test.processing('other/');
      const { stateMachineArn } = test.deployment;
      const { executions } = await test.clients.sfn.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
      );
      expect(executions).to.have.length(1);
      stale = () => ({ executions });
      await test.stop(executionArn);
      await test.fleetIsGone();
      await tell({ action: 'reconcile' });
      expect(test.fleet.desired).to.equal(0);
    });
  });
});

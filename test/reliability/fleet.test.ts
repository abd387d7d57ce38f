/**
 * The fleet under faults: the real function, called by the real workflow and guard in the local cloud. The names are those
 * of docs/reliability.md.
 */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListExecutionsCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../local/cloud';
import type { RequestHandle } from '../../local/gateway';
import type { ProvisionerEvent } from '../../runtime/contract';
import { summarize } from '../../scripts/run/summary';
import { type Ended, SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { type Document, editJson, editStack } from '../support/edited-stack';
import { Hold, isBy } from '../support/hold';

const KEYS = Array.from({ length: 6 }, (_, index) => `in/${index}`);
const OTHER_KEYS = ['other/0', 'other/1'];
const NO_CAPACITY = 'We currently do not have sufficient m6i.large capacity. Launching EC2 instance failed.';
const QUOTA =
  'You have requested more vCPU capacity than your current vCPU limit of 8 allows. Launching EC2 instance failed.';

describe('reliability: the fleet', function () {
  this.timeout(60_000);
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  let intercept: (handle: RequestHandle) => unknown;
  /** Every desired capacity that was set, in order. */
  let sizes: number[];

  before(async function () {
    this.timeout(120_000);
    stack = await synthesizeForTest({
      ...SMALL_FLEET,
      // Longer than any of these tests: a worker whose execution has ended does not use it.
      BATCH_STOP_TIMEOUT_SECONDS: '120',
    });
  });
  after(() => stack.remove());
  beforeEach(() => {
    intercept = () => undefined;
    sizes = [];
  });
  afterEach(() => test.close());

  const start = async (options: Partial<LocalCloudOptions> = {}, stackFolder = stack.stackFolder) => {
    test = await TestCloud.start(stackFolder, {
      intercept: (handle) => intercept(handle),
      onRequest: ({ action, status }) => {
        if (action === 'SetDesiredCapacity' && status === 200) sizes.push(test.fleet.desired);
      },
      ...options,
    });
    await test.put([...KEYS, ...OTHER_KEYS]);
  };
  const simulating = (SIMULATE_SECONDS: string, more: Record<string, string> = {}) => ({
    workerEnvironment: { SIMULATE_SECONDS, ...more },
  });
  /** As a rule of EventBridge invokes it. */
  const tell = async (event: ProvisionerEvent) => {
    const client = new LambdaClient(test.cloud.clientConfig);
    const command = { FunctionName: 'batch-processor-provisioner', Payload: JSON.stringify(event) };
    const { FunctionError } = await client.send(new InvokeCommand(command));
    client.destroy();
    expect(FunctionError).to.equal(undefined);
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
      return (await summarize(test, execution, await execution.describe())).summary;
    };

    for (const [fault, reason] of [
      ['no capacity', NO_CAPACITY],
      ['account quota', QUOTA],
    ] as const) {
      it(`${fault}: goes on with what came, and says so in the summary`, async () => {
        await start({
          ...simulating('0'),
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

    it('max size: goes on with what came, and says so in the summary', async () => {
      const smaller = editStack(stack.stackFolder, ({ resource }) => {
        resource.aws_autoscaling_group.workers.max_size = 1;
      });
      await start(simulating('0'), smaller);
      const executionArn = await test.begin(input);
      expectAllDone(await test.end(executionArn), KEYS);
      const summary = await summaryOf(executionArn);
      expect(summary).to.include({ workers: 3, workers_running: 1 });
      expect(summary.shortage).to.match(/need 3 workers, and the group has at most 1/);
      await test.fleetIsGone();
    });

    it('with none it fails with the group’s own reason, and scales back', async () => {
      const shortTimeout = editStack(stack.stackFolder, ({ resource }) => {
        const [environment] = [resource.aws_lambda_function.provisioner.environment].flat();
        environment.variables.PROVISION_TIMEOUT_SECONDS = '2';
      });
      await start({ faults: [{ effect: 'refuse', what: 'instances', reason: QUOTA }] }, shortTimeout);
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
        /OutOfMemoryError: Container killed due to memory usage; exit code 137$/,
      ],
      [
        'a worker that gives up',
        ([container]) => {
          container.environment = [];
        },
        /^Essential container in task exited; exit code 1$/,
      ],
    ];
    for (const [fault, change, reason] of cases) {
      it(`${fault}: fails with ECS’s own reason, long before the provision timeout`, async () => {
        const edited = editStack(stack.stackFolder, ({ resource }) => {
          editJson(resource.aws_ecs_task_definition.worker, 'container_definitions', change);
          // On a machine that is busy, a worker takes a while to fail: not to be taken for one that stays.
          const [environment] = [resource.aws_lambda_function.provisioner.environment].flat();
          environment.variables.PROVISION_POLL_SECONDS = '10';
        });
        await start({}, edited);
        const ended = await test.run({ worker_count: 2, prefix: 'in/' });
        expect(ended).to.include({ status: 'FAILED', error: 'WorkersCannotStart' });
        expect(ended.cause).to.match(reason);
        await test.fleetIsGone();
      });
    }

    /** An execution that works, whose only worker then ends, and none can start any more. */
    const loseWorkers = async (stackFolder?: string) => {
      await start(simulating('0.2'), stackFolder);
      // So that the execution need not wait for its worker.
      test.fleet.setDesired(1, 'a test');
      await test.logged(({ message }) => message === 'Worker started');
      const executionArn = await test.begin({ worker_count: 1, prefix: 'in/' });
      await test.processing('in/');
      const letThemStart = test.cloud.faults.inject({ effect: 'refuse', what: 'workers' });
      for (const { pid } of test.workers()) process.kill(pid as number, 'SIGTERM');
      const tasks = () => test.cloud.compute.clusters.flatMap((cluster) => [...cluster.tasks.values()]);
      const refused = () => tasks().filter(({ stopCode }) => stopCode === 'TaskFailedToStart');
      await test.until(() => refused().length >= 3);
      return { executionArn, letThemStart };
    };
    const reconcileUntil = (done: () => Promise<boolean>) =>
      test.until(async () => {
        await tell({ action: 'reconcile' });
        return done();
      });

    it('in the middle of the work: stopped with ECS’s own reason, and redriven when workers can start', async () => {
      const shortTimeout = editStack(stack.stackFolder, ({ resource }) => {
        resource.aws_lambda_function.provisioner.environment.variables.PROVISION_TIMEOUT_SECONDS = '1';
      });
      const { executionArn, letThemStart } = await loseWorkers(shortTimeout);
      await reconcileUntil(async () => (await test.describe(executionArn)).status !== 'RUNNING');
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
    it('crashes before and after it has set the size: is tried again; the fleet ends where it should', async () => {
      let kills = 0;
      const crash = ({ action }: RequestHandle) => {
        if (action !== 'SetDesiredCapacity' || kills === 4) return;
        kills += 1;
        for (const pid of functionProcesses()) process.kill(pid, 'SIGKILL');
      };
      // Of the two sizes that a run sets: not carried out, carried out with the answer lost.
      await start({
        ...simulating('0'),
        intercept: (handle) => (kills % 2 === 0 ? crash(handle) : undefined),
        interceptResponse: (handle) => (kills % 2 === 1 ? crash(handle) : undefined),
      });
      expectAllDone(await test.run({ worker_count: 2, prefix: 'in/' }), KEYS);
      await test.fleetIsGone();
      expect(kills).to.equal(4);
    });

    it('runs twice at once: the fleet is as large as the executions need, no larger and no smaller', async () => {
      await start(simulating('0.5'));
      const other = await test.begin({ worker_count: 1, prefix: 'other/' });
      const executionArn = await test.begin({ worker_count: 2, prefix: 'in/' });
      await Promise.all([test.processing('in/'), test.processing('other/')]);
      sizes = [];
      const provision = {
        action: 'provision',
        execution_arn: executionArn,
        redrive_count: 0,
        worker_count: 2,
        started_at: new Date().toISOString(),
      } as const;
      const reconcile = { action: 'reconcile' } as const;
      await Promise.all([provision, provision, reconcile, reconcile].map(tell));
      expect(test.fleet.desired).to.equal(3);
      expectAllDone(await test.end(other), OTHER_KEYS);
      const late = { action: 'deprovision', execution_arn: other, redrive_count: 0 } as const;
      await Promise.all([tell(late), tell(late), tell({ ...late, worker_count: 1 })]);
      expectAllDone(await test.end(executionArn), KEYS);
      expect(Math.min(...sizes.slice(0, sizes.indexOf(0)))).to.be.at.least(2);
      await test.fleetIsGone();
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
        await start(simulating('0.7', faulty));
        const [long, short] = await Promise.all([
          test.begin({ worker_count: 2, prefix: 'in/' }),
          test.begin({ worker_count: 2, prefix: 'other/' }),
        ]);
        await test.until(() => test.fleet.desired === 4);
        await Promise.all([test.processing('in/'), test.processing('other/')]);
        await act(short);
        expect((await test.end(short)).status).to.equal(status);
        await test.reconciled('deprovision', short);
        expectAllDone(await test.end(long), KEYS);
        await test.fleetIsGone();
        const whileBoth = sizes.slice(sizes.indexOf(4));
        expect(whileBoth.slice(0, whileBoth.indexOf(0)).every((size) => size >= 2)).to.equal(true);
      });
    }
  });

  describe('two start in the same second', () => {
    it('the fleet has room for both', async () => {
      await start(simulating('0.2'));
      const both = await Promise.all([
        test.begin({ worker_count: 1, prefix: 'in/' }),
        test.begin({ worker_count: 2, prefix: 'other/' }),
      ]);
      await test.until(() => test.fleet.desired === 3);
      const [one, two] = await Promise.all(both.map((executionArn) => test.end(executionArn)));
      expectAllDone(one as Ended, KEYS);
      expectAllDone(two as Ended, OTHER_KEYS);
      await test.fleetIsGone();
    });

    it('the fleet has room for both where the first sets what it needs when the second has', async () => {
      await start(simulating('0.5'));
      const hold = new Hold(({ action }) => action === 'SetDesiredCapacity');
      intercept = (handle) => hold.intercept(handle);
      const first = await test.begin({ worker_count: 1, prefix: 'in/' });
      await hold.reached;
      const second = await test.begin({ worker_count: 2, prefix: 'other/' });
      await test.until(() => test.fleet.desired === 3);
      hold.release();
      await test.reconciled('provision', first);
      expect(sizes.slice(0, 3)).to.deep.equal([3, 1, 3]);
      expectAllDone(await test.end(first), KEYS);
      expectAllDone(await test.end(second), OTHER_KEYS);
      await test.fleetIsGone();
    });
  });

  describe("one execution's list of running executions is stale", () => {
    /** The provisioner sees this list, whatever is running; undefined: what is. */
    let stale: object | undefined;
    beforeEach(async () => {
      stale = undefined;
      intercept = (handle) =>
        handle.action === 'ListExecutions' && isBy('provisioner', handle) ? stale : undefined;
      await start(simulating('0.7'));
    });

    const beginBoth = async () => {
      const long = await test.begin({ worker_count: 2, prefix: 'in/' });
      const short = await test.begin({ worker_count: 1, prefix: 'other/' });
      await Promise.all([test.processing('in/'), test.processing('other/')]);
      return { long, short };
    };

    it('without the other execution, when one deprovisions: the other keeps its workers', async () => {
      const { long, short } = await beginBoth();
      stale = { executions: [] };
      await test.reconciled('deprovision', short);
      stale = undefined;
      expectAllDone(await test.end(long), KEYS);
      await test.fleetIsGone();
      expect(sizes.slice(sizes.lastIndexOf(3))).to.deep.equal([3, 2, 0]);
    });

    it('without the other execution, when the guard looks: the next reconcile heals it, and nothing is lost', async () => {
      const { long, short } = await beginBoth();
      await test.stop(short);
      stale = { executions: [] };
      await test.until(() => test.fleet.desired === 0);
      stale = undefined;
      await tell({ action: 'reconcile' });
      expect(test.fleet.desired).to.equal(2);
      expectAllDone(await test.end(long), KEYS);
      await test.fleetIsGone();
    });

    it('without the execution itself, when it provisions: it waits until it is listed', async () => {
      stale = { executions: [] };
      const executionArn = await test.begin({ worker_count: 1, prefix: 'other/' });
      await test.until(() => test.workers().length === 1);
      await test.until(
        async () =>
          (await test.statesEntered(executionArn)).filter((state) => state === 'Provision').length > 3,
      );
      stale = undefined;
      expectAllDone(await test.end(executionArn), OTHER_KEYS);
      await test.fleetIsGone();
    });

    it('with an execution that has ended: the fleet goes down all the same', async () => {
      const executionArn = await test.begin({ worker_count: 1, prefix: 'other/' });
      await test.processing('other/');
      const { stateMachineArn } = test.deployment;
      const listed = await test.clients.sfn.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
      );
      stale = { executions: listed.executions };
      await test.stop(executionArn);
      await test.fleetIsGone();
      await tell({ action: 'reconcile' });
      expect(test.fleet.desired).to.equal(0);
    });
  });
});

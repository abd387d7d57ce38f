/**
 * Executions end, and leave nothing: the real workflow, function and workers in the local cloud. The names are those of
 * docs/reliability.md.
 */
import {
  DescribeStateMachineCommand,
  RedriveExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../local/cloud';
import type { RequestHandle, RequestRecord } from '../../local/core/gateway';
import type { ExecutionInput } from '../../runtime/contract';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { Gate, Hold, isBy, isRead } from '../support/hold';
import { until } from '../support/until';

describe('reliability: executions', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  let intercept: (handle: RequestHandle) => unknown;

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
  });

  const start = async (
    workerEnvironment: Record<string, string>,
    options: Partial<LocalCloudOptions> = {},
  ) => {
    test = await TestCloud.start(stack.stackFolder, {
      workerEnvironment,
      intercept: (handle) => intercept(handle),
      ...options,
    });
  };

  describe('more objects fail than tolerated', () => {
    after(() => test.close());

    it('fails with the error of Step Functions; the other tasks are stopped; the results exist; the fleet is gone', async () => {
      await start({ SIMULATE_SECONDS: '60', SIMULATE_FAULT: 'permanent', SIMULATE_FAULT_KEY: 'bad' });
      await test.put(['in/0-bad', 'in/1-bad', 'in/2', 'in/3', 'in/4', 'in/5', 'in/6', 'in/7']);
      const ended = await test.run({ worker_count: 2, prefix: 'in/', tolerated_failure_percentage: 20 });
      expect(ended).to.include({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
      expect(ended.results).to.include({ succeeded: 0, failed: 2, pending: 6 });
      expect(ended.results.failures.map(({ object_key, error }) => [object_key, error])).to.have.deep.members(
        [
          ['in/0-bad', 'PermanentError'],
          ['in/1-bad', 'PermanentError'],
        ],
      );
      await test.fleetIsGone();
    });
  });

  describe('the execution is stopped, or times out, in any state', () => {
    /** A state that lasts, an input that leads there, and a hold, set before the start, that keeps an execution in it. */
    interface LastingState {
      state: string;
      input: ExecutionInput;
      keep(): { isThere(executionArn: string): boolean | Promise<boolean>; release(): void };
    }
    const held = (matches: (handle: RequestHandle) => boolean) => () => {
      const hold = new Hold(matches);
      intercept = (handle) => hold.intercept(handle);
      return { isThere: () => hold.isReached, release: () => hold.release() };
    };
    const resizing = (handle: RequestHandle) => handle.action === 'SetDesiredCapacity';
    const hanging = () => ({
      isThere: () =>
        test.linesWith('Processing S3 object').some(({ key }) => String(key).startsWith('hang/')),
      release: () => {},
    });
    const quick: ExecutionInput = { worker_count: 2, prefix: 'quick/' };
    const LASTING_STATES: LastingState[] = [
      { state: 'Provision', input: quick, keep: held(resizing) },
      {
        state: 'WaitForWorker',
        input: quick,
        keep: () => ({
          isThere: async (executionArn) =>
            (await test.statesEntered(executionArn)).at(-1) === 'WaitForWorker',
          release: test.cloud.faults.inject({ effect: 'refuse', what: 'instances' }),
        }),
      },
      { state: 'ProcessPrefix', input: { worker_count: 2, prefix: 'hang/' }, keep: hanging },
      {
        state: 'ProcessInlineObjects',
        input: { worker_count: 2, objects: [{ Key: 'hang/0' }, { Key: 'hang/1' }] },
        keep: hanging,
      },
      {
        state: 'ProcessManifest',
        input: { worker_count: 2, manifest: { Key: 'manifests/hang.jsonl' } },
        keep: hanging,
      },
      {
        state: 'CountObjects',
        input: quick,
        keep: held((handle) => handle.action === 'DescribeMapRun' && isBy('workflow', handle)),
      },
      {
        state: 'Deprovision',
        input: quick,
        keep: held((handle) => resizing(handle) && test.fleet.desired > 0),
      },
    ];
    const lastingState = (name: string) => LASTING_STATES.find(({ state }) => state === name) as LastingState;

    before(async () => {
      await start({ SIMULATE_SECONDS: '0', SIMULATE_FAULT: 'hang', SIMULATE_FAULT_KEY: 'hang' });
      await test.put(['quick/0', 'quick/1', 'hang/0', 'hang/1', 'hang/2']);
      await test.put(['manifests/hang.jsonl'], () => '{"Key":"hang/0"}\n{"Key":"hang/1"}\n');
    });
    after(() => test.close());
    beforeEach(() => {
      test.lines.length = 0;
    });

    const setTimeoutSeconds = async (seconds: number): Promise<number> => {
      const { stateMachineArn } = test.deployment;
      const { definition = '' } = await test.clients.sfn.send(
        new DescribeStateMachineCommand({ stateMachineArn }),
      );
      const changed = { ...JSON.parse(definition), TimeoutSeconds: seconds };
      await test.clients.sfn.send(
        new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(changed) }),
      );
      return JSON.parse(definition).TimeoutSeconds;
    };

    /** The guard calls while the workflow's own call is still under way; both have the same result. */
    const expectGone = async (executionArn: string, state: string, release: () => void) => {
      await test.reconciled('deprovision', executionArn);
      release();
      if (state === 'Provision') await test.reconciled('provision', executionArn);
      await test.fleetIsGone();
      expect(await test.statesEntered(executionArn)).to.include(state);
    };

    for (const { state, input, keep } of LASTING_STATES) {
      it(`stopped in ${state}: the fleet is gone`, async () => {
        const { isThere, release } = keep();
        const executionArn = await test.begin(input);
        await until(() => isThere(executionArn), `the execution is in ${state}`);
        await test.stop(executionArn);
        expect((await test.end(executionArn)).status).to.equal('ABORTED');
        await expectGone(executionArn, state, release);
      });
    }

    // The guard does not distinguish the two, so a few states are enough.
    for (const state of ['Provision', 'WaitForWorker', 'ProcessPrefix']) {
      it(`timed out in ${state}: the fleet is gone`, async () => {
        const { input, keep } = lastingState(state);
        // The time of an execution to get there depends on the machine, so the limit doubles each time.
        for (let seconds = 2, wasThere = false; !wasThere; seconds *= 2) {
          test.lines.length = 0;
          const { isThere, release } = keep();
          const before = await setTimeoutSeconds(seconds);
          const executionArn = await test.begin(input);
          await setTimeoutSeconds(before);
          expect((await test.end(executionArn)).status).to.equal('TIMED_OUT');
          wasThere = await isThere(executionArn);
          if (wasThere) await expectGone(executionArn, state, release);
          release();
          await test.fleetIsGone();
        }
      });
    }
  });

  describe('the execution is redriven', () => {
    const KEYS = ['in/0', 'in/1', 'in/2', 'in/3'];
    /** Closed for all objects except the first. */
    let rest: Gate;
    let reports: number;
    beforeEach(async () => {
      let reads = 0;
      reports = 0;
      rest = new Gate((handle) => isRead('in/', handle) && ++reads > 1);
      intercept = (handle) => rest.intercept(handle);
      const onRequest = ({ action, status }: RequestRecord) => {
        if (action === 'SendTaskSuccess' && status === 200) reports += 1;
      };
      await start({ SIMULATE_SECONDS: '0' }, { onRequest });
      await test.put(KEYS);
    });
    afterEach(() => test.close());

    const begun = () => test.linesWith('Processing S3 object');
    const beginAndFinishOne = async () => {
      const executionArn = await test.begin({ worker_count: 1, prefix: 'in/' });
      // A slot takes its next task while it reports the first one.
      await until(() => reports > 0 && begun().length > 1, 'one object is reported, and a second one begun');
      return executionArn;
    };
    const redrive = (executionArn: string) =>
      test.clients.sfn.send(new RedriveExecutionCommand({ executionArn }));
    const expectDoneAndGone = async (executionArn: string) => {
      await test.expectDone(await test.end(executionArn), KEYS);
      await test.fleetIsGone();
    };

    it('its map goes on with workers of its own, and with the objects that were not done', async () => {
      const executionArn = await beginAndFinishOne();
      await test.stop(executionArn);
      await test.fleetIsGone();
      rest.open();
      await redrive(executionArn);
      await expectDoneAndGone(executionArn);
      const [first, ...others] = begun();
      expect(others.map(({ key }) => key)).not.to.include(first?.key);
    });

    it('keeps its workers if the guard gets the event of its earlier end late', async () => {
      const executionArn = await beginAndFinishOne();
      const hold = new Hold((handle) => handle.action === 'ListExecutions' && isBy('provisioner', handle));
      intercept = (handle) => rest.intercept(handle) ?? hold.intercept(handle);
      await test.stop(executionArn);
      await hold.reached;
      await redrive(executionArn);
      await test.reconciled('resume', executionArn);
      hold.release();
      await test.reconciled('deprovision', executionArn);
      expect(test.fleet.desired).to.equal(1);
      rest.open();
      await expectDoneAndGone(executionArn);
    });
  });
});

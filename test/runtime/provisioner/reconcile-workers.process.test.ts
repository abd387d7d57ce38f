/** The workers that an execution waits for, read from the local cloud's services. */
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { failure } from '../../support/failure';
import { until } from '../../support/until';
import { captureLines } from '../support/lines';
import { ProvisionerCloud, provision, SCHEDULE } from '../support/provisioner-cloud';

describe('reconciling with the workers of the fleet', () => {
  const lines = captureLines();
  let provisioner: ProvisionerCloud;
  beforeEach(() => {
    provisioner = new ProvisionerCloud();
  });
  afterEach(() => provisioner.close());

  it('is ready in the call that finds a worker, once that has run for a while', async () => {
    await provisioner.boot();
    const event = provision(await provisioner.start(1), 1);
    const settings = { PROVISION_POLL_SECONDS: 1 };
    await until(async () => (await provisioner.reconcile(SCHEDULE, settings)).running === 1, 'a worker runs');
    expect(await provisioner.reconcile(event, settings)).to.include({ running: 1, ready: true });
  });

  it('provisions an execution: the answer is ready when a worker runs and goes on', async () => {
    await provisioner.boot();
    const executionArn = await provisioner.start(2);
    const event = provision(executionArn, 2);
    // Its instances may be in service, and its workers run and have stayed, already.
    const { in_service, running, ready, ...status } = await provisioner.reconcile(event);
    expect(status).to.deep.equal({
      needed: 2,
      desired: 2,
      reason: '',
      next_call_seconds: 1,
    });
    expect(lines.map(({ message, from, to }) => [message, from, to])).to.deep.equal([
      ['Fleet resized', 0, 2],
    ]);
    await until(async () => (await provisioner.reconcile(event)).ready, 'a worker runs');
    await until(async () => (await provisioner.reconcile(event)).running === 2, 'both run');
    expect(await provisioner.reconcile(event)).to.deep.equal({
      ...status,
      in_service: 2,
      running: 2,
      ready: true,
    });
  });

  it('is not ready before the execution is listed, though workers run', async () => {
    await provisioner.boot();
    const executionArn = await provisioner.start(1);
    await until(async () => (await provisioner.reconcile(provision(executionArn, 1))).ready, 'a worker runs');
    provisioner.stale = { executions: [] };
    expect(await provisioner.reconcile(provision(executionArn, 1))).to.include({ desired: 1, ready: false });
    provisioner.stale = undefined;
    expect(await provisioner.reconcile(provision(executionArn, 1))).to.include({ ready: true });
  });

  it('says with the group’s own message why instances are missing, or that the group is at its maximum', async () => {
    await provisioner.boot({ faults: [{ effect: 'refuse', what: 'instances', reason: 'no capacity' }] });
    await provisioner.start(2);
    await provisioner.reconcile(SCHEDULE);
    await until(
      async () => (await provisioner.reconcile(SCHEDULE)).reason === 'no capacity',
      'the launch failed',
    );
    await provisioner.start(3);
    expect(await provisioner.reconcile(SCHEDULE, { MAX_WORKERS: 4 })).to.include({
      desired: 4,
      reason: 'no capacity',
    });
  });

  it('fails an execution whose workers cannot start', async () => {
    await provisioner.boot({ faults: [{ effect: 'refuse', what: 'workers' }] });
    const event = provision(await provisioner.start(1), 1);
    const stopped = async () => {
      try {
        await provisioner.reconcile(event);
        return undefined;
      } catch (error) {
        return error as Error;
      }
    };
    const error = await until(stopped, 'three workers failed');
    expect(error).to.include({ name: 'WorkersCannotStart' });
    expect(error.message).to.match(/^CannotPullContainerError/);
  });

  it('stops only executions whose workers cannot start any more', async () => {
    await provisioner.boot({ faults: [{ effect: 'refuse', what: 'workers' }] });
    const executionArn = await provisioner.start(1);
    const status = async () => provisioner.clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
    const stopped = async () => {
      await provisioner.reconcile(SCHEDULE);
      expect((await status()).status).to.equal('RUNNING');
      const tasks = [...provisioner.cloud.services.ecs.clusters].flatMap((cluster) => [
        ...cluster.tasks.values(),
      ]);
      return tasks.filter(({ stopCode }) => stopCode === 'TaskFailedToStart').length >= 3;
    };
    await until(stopped, 'three workers failed');
    await provisioner.reconcile(SCHEDULE, { PROVISION_TIMEOUT_SECONDS: 0.001 });
    expect(await status()).to.include({ status: 'ABORTED', error: 'WorkersCannotStart' });
    expect((await status()).cause).to.match(/^CannotPullContainerError/);
    const line = { message: 'Execution stopped', level: 'error', execution_arn: executionArn };
    expect(lines.at(-1)).to.include(line);
  });

  it('reads no task of ECS that its decision does not need', async () => {
    await provisioner.boot({ bootSeconds: 3600 });
    const executionArn = await provisioner.start(1);
    const reads = async (run: () => Promise<unknown>) => {
      provisioner.actions.length = 0;
      await run();
      return provisioner.actions.filter((action) => /Tasks$/.test(action));
    };
    const event = provision(executionArn, 1);
    expect(await reads(() => provisioner.reconcile(event))).to.deep.equal([]);
    expect(await reads(() => provisioner.reconcile(SCHEDULE))).to.deep.equal([]);
    const timeout = { PROVISION_TIMEOUT_SECONDS: 0.001 };
    expect(await reads(() => failure(provisioner.reconcile(event, timeout)))).to.deep.equal(['ListTasks']);
  });
});

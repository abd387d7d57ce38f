/** The size of the fleet, reconciled with the local cloud's services. */
import { expect } from 'chai';
import { ServiceError } from '../../../local/core/service';
import type { ProvisionerEvent } from '../../../runtime/contract';
import type { Settings } from '../../../runtime/provisioner/settings';
import { failure } from '../../support/failure';
import { Hold } from '../../support/hold';
import { captureLines } from '../support/lines';
import { about, ProvisionerCloud, provision, SCHEDULE, WITHOUT_WORKERS } from '../support/provisioner-cloud';

describe('reconciling the size of the fleet', () => {
  captureLines();
  let provisioner: ProvisionerCloud;
  beforeEach(() => {
    provisioner = new ProvisionerCloud();
  });
  afterEach(() => provisioner.close());

  it('adds up executions, also more than are described at a time, and takes back what has ended', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const executions = await Promise.all(Array.from({ length: 12 }, () => provisioner.start(1)));
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ needed: 12, desired: 5 });
    for (const executionArn of executions.slice(3)) await provisioner.stop(executionArn);
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ needed: 3, desired: 3 });
    for (const executionArn of executions.slice(0, 3)) await provisioner.stop(executionArn);
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ needed: 0, desired: 0 });
  });

  it('sets no size if the size is right', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    await provisioner.reconcile(SCHEDULE);
    expect(provisioner.actions).not.to.include('SetDesiredCapacity');
    expect(provisioner.actions.filter((action) => action === 'ListExecutions')).to.have.length(1);
  });

  it('describes only the execution itself in each call of one that waits, if nothing has to change', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const executions = await Promise.all(Array.from({ length: 6 }, () => provisioner.start(1)));
    for (const executionArn of executions) await provisioner.reconcile(provision(executionArn, 1));
    provisioner.actions.length = 0;
    for (const executionArn of executions) {
      const fleet = await provisioner.reconcile(provision(executionArn, 1));
      expect(fleet).to.include({ needed: 6, next_call_seconds: 6 });
    }
    const count = (name: string) => provisioner.actions.filter((action) => action === name).length;
    expect([count('ListExecutions'), count('DescribeExecution')]).to.deep.equal([6, 6]);

    // It reads no more at the workflow's end of an execution either, which the guard checks.
    provisioner.actions.length = 0;
    const leaving = { ...about('deprovision', executions[0] ?? ''), worker_count: 1 } as ProvisionerEvent;
    await provisioner.reconcile(leaving);
    expect(count('DescribeExecution')).to.equal(0);
    await provisioner.reconcile(about('deprovision', executions[0] ?? ''));
    expect(count('DescribeExecution')).to.equal(6);
  });

  it('never brings back the workers of an execution that has ended, though it knew the execution and the list still has it', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const [ends, waits] = [await provisioner.start(2), await provisioner.start(1)];
    expect(await provisioner.reconcile(provision(waits, 1))).to.include({ needed: 3, desired: 3 });
    const { executions } = await provisioner.list();
    await provisioner.stop(ends);
    provisioner.stale = { executions };
    expect(await provisioner.reconcile(about('deprovision', ends))).to.include({ desired: 3 });
    expect(provisioner.group.desired).to.equal(1);
    expect(await provisioner.reconcile(provision(waits, 1))).to.include({ needed: 1, desired: 1 });
    expect(provisioner.group.desired).to.equal(1);
  });

  it('provisions an execution that Step Functions does not list or describe yet', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const executionArn = `${(await provisioner.start(1)).slice(0, -1)}-unknown`;
    expect(await provisioner.reconcile(provision(executionArn, 2))).to.include({
      needed: 3,
      desired: 3,
      ready: false,
    });
  });

  it('gives a redriven execution its workers again', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const executionArn = await provisioner.start(2);
    provisioner.stale = { executions: [] };
    const status = await provisioner.reconcile(about('resume', executionArn));
    expect(status).to.include({ needed: 2, desired: 2 }).and.not.have.property('ready');
  });

  it('takes away only the workers that an execution had, though the list is stale', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const leaving = await provisioner.start(1);
    await provisioner.start(2);
    expect(await provisioner.reconcile(SCHEDULE)).to.include({ desired: 3 });
    provisioner.stale = { executions: [] };
    const status = await provisioner.reconcile({
      ...about('deprovision', leaving),
      worker_count: 1,
    } as ProvisionerEvent);
    // The fleet as the execution leaves it.
    expect(status).to.include({ needed: 1, desired: 3 });
    expect(provisioner.group.desired).to.equal(2);
  });

  it('checks a size that it has set: of two that start in the same second, the last one has seen both', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const hold = new Hold(({ action }) => action === 'SetDesiredCapacity');
    provisioner.intercept = (handle) => hold.intercept(handle);
    const first = await provisioner.start(1);
    const setting = provisioner.reconcile(provision(first, 1));
    await hold.reached;
    const second = await provisioner.start(2);
    expect(await provisioner.reconcile(provision(second, 2))).to.include({ desired: 3 });
    hold.release();
    expect(await setting).to.include({ needed: 3, desired: 3 });
    expect(provisioner.group.desired).to.equal(3);
  });

  it('takes back the size that it set for an execution that ends meanwhile', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const hold = new Hold(({ action }) => action === 'SetDesiredCapacity');
    provisioner.intercept = (handle) => hold.intercept(handle);
    const executionArn = await provisioner.start(2);
    const setting = provisioner.reconcile(provision(executionArn, 2));
    await hold.reached;
    await provisioner.stop(executionArn);
    expect(await provisioner.reconcile(about('deprovision', executionArn))).to.include({ desired: 0 });
    hold.release();
    expect(await setting).to.include({ needed: 0, desired: 0 });
    expect(provisioner.group.desired).to.equal(0);
  });

  for (const [what, isStale] of [
    ['', false],
    [', also if the list still has that', true],
  ] as const) {
    it(`takes back the size that it set for another execution that ends meanwhile${what}`, async () => {
      await provisioner.boot(WITHOUT_WORKERS);
      const [first, second] = [await provisioner.start(2), await provisioner.start(1)];
      const hold = new Hold(({ action }) => action === 'SetDesiredCapacity');
      provisioner.intercept = (handle) => hold.intercept(handle);
      await provisioner.stop(first);
      // The guard has read that the second execution runs, and is to set the size for it.
      const setting = provisioner.reconcile(about('deprovision', first));
      await hold.reached;
      if (isStale) provisioner.stale = { executions: (await provisioner.list()).executions };
      await provisioner.stop(second);
      expect(await provisioner.reconcile(about('deprovision', second))).to.include({ desired: 0 });
      hold.release();
      await setting;
      expect(provisioner.group.desired).to.equal(0);
    });
  }

  it('gives up checking if others set another size again and again', async () => {
    await provisioner.boot({
      ...WITHOUT_WORKERS,
      async interceptResponse({ action, caller }) {
        // Each pass that sets the size finds another size when it reads it again.
        if (action === 'SetDesiredCapacity' && caller) provisioner.group.setDesired(0, 'a test');
      },
    });
    await provisioner.start(2);
    expect(await provisioner.reconcile(SCHEDULE)).to.include({ desired: 2 });
    expect(provisioner.actions.filter((action) => action === 'SetDesiredCapacity')).to.have.length(5);
  });

  it('fails if an execution cannot be read', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    await provisioner.start(1);
    provisioner.intercept = ({ action }) => {
      if (action === 'DescribeExecution') throw new ServiceError('AccessDeniedException', 'no');
    };
    expect(await failure(provisioner.reconcile(SCHEDULE))).to.include({ name: 'AccessDeniedException' });
  });

  it('names a group or a service that does not exist', async () => {
    await provisioner.boot(WITHOUT_WORKERS);
    const missing = async (more: Partial<Settings>) =>
      (await failure(provisioner.reconcile(SCHEDULE, more))).message;
    expect(await missing({ AUTO_SCALING_GROUP_NAME: 'gone' })).to.equal(
      'There is no Auto Scaling group gone',
    );
    expect(await missing({ SERVICE_NAME: 'gone' })).to.equal(
      'There is no ECS service gone in the cluster cluster',
    );
  });
});

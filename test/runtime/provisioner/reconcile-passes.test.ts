/** What a reconcile reads for an event, when it reads it, and what it answers, with the local cloud's services. */
import { expect } from 'chai';
import type { FleetStatus, ProvisionerEvent } from '../../../runtime/contract';
import { captureLines } from '../support/lines';
import { about, ProvisionerCloud, provision, SCHEDULE, WITHOUT_WORKERS } from '../support/provisioner-cloud';

const leaving = (executionArn: string, worker_count: number) =>
  ({ ...about('deprovision', executionArn), worker_count }) as ProvisionerEvent;

describe('the passes of a reconcile', () => {
  const lines = captureLines();
  let provisioner: ProvisionerCloud;
  /** The executions: `first` asks for two workers, `second` for one. */
  let first: string;
  let second: string;
  beforeEach(async () => {
    provisioner = new ProvisionerCloud();
    await provisioner.boot(WITHOUT_WORKERS);
    first = await provisioner.start(2);
    await provisioner.reconcile(SCHEDULE);
    second = await provisioner.start(1);
    provisioner.actions.length = 0;
    lines.length = 0;
  });
  afterEach(() => provisioner.close());
  const count = (name: string) => provisioner.actions.filter((action) => action === name).length;

  /** `first` has its two workers; `second` is new. */
  interface Case {
    event: () => ProvisionerEvent;
    /** The quota of ListExecutions, whose calls all executions of an account share. */
    lists: number;
    fleet: FleetStatus;
  }
  const FLEET = { in_service: 0, reason: '' };
  const CASES: Record<string, Case> = {
    'an execution that waits: the workers that there are now; three lists, since it asks again before it sets a size':
      {
        event: () => provision(second, 1),
        lists: 3,
        fleet: { ...FLEET, needed: 3, desired: 3, running: 3, ready: false, next_call_seconds: 2 },
      },
    'a redriven execution: the workers that there were; a list to set the size, one to check it': {
      event: () => about('resume', second),
      lists: 2,
      fleet: { ...FLEET, needed: 3, desired: 3, running: 2 },
    },
    'the schedule: the same, and what is billed for nothing': {
      event: () => SCHEDULE,
      lists: 2,
      fleet: { ...FLEET, needed: 3, desired: 3, running: 2, idle: 0, stuck: [] },
    },
    'the guard of an execution that has ended: the fleet at the end of its work': {
      event: () => about('deprovision', first),
      lists: 2,
      fleet: { ...FLEET, needed: 1, desired: 2, running: 2 },
    },
    "the workflow's end of an execution: the same, and what it had": {
      event: () => leaving(first, 2),
      lists: 2,
      fleet: { ...FLEET, needed: 3, desired: 2, running: 2 },
    },
  };
  for (const [what, { event, lists, fleet }] of Object.entries(CASES)) {
    it(`report for ${what}`, async () => {
      // Workers start and end with the size.
      provisioner.intercept = ({ action }) =>
        action === 'DescribeServices'
          ? { services: [{ runningCount: provisioner.group.desired }] }
          : undefined;
      expect(await provisioner.reconcile(event())).to.deep.equal(fleet);
      expect([count('ListExecutions'), count('SetDesiredCapacity')]).to.deep.equal([lists, 1]);
    });
  }

  it('log a size that they set, and why', async () => {
    const event = provision(second, 1);
    await provisioner.reconcile(event);
    const resized = lines.filter(({ message }) => message === 'Fleet resized');
    expect(resized).to.have.length(1);
    const { demand, ...line } = resized[0] as Record<string, unknown>;
    expect(line).to.deep.include({ level: 'info', from: 2, to: 3, event });
    expect(demand).to.include({ workers: 3, own: 1, complete: true });
    await provisioner.reconcile(event);
    expect(lines.filter(({ message }) => message === 'Fleet resized')).to.have.length(1);
  });

  const SHORT: [string, number, string, number][] = [
    ['as many as are needed: nothing, and asks for no reason', 2, '', 0],
    ['fewer: why the latest launch failed', 1, 'no capacity', 1],
  ];
  for (const [what, inService, reason, asked] of SHORT) {
    it(`report ${inService} in service, ${what}`, async () => {
      const failed = { Description: 'Launching a new EC2 instance', StatusCode: 'Failed' };
      const Activities = [{ ...failed, StatusMessage: 'no capacity' }];
      provisioner.intercept = ({ action }) =>
        action === 'DescribeScalingActivities' ? { Activities } : undefined;
      await provisioner.stop(second);
      const instances = [...provisioner.group.instances.values()];
      for (const instance of instances.slice(0, inService)) instance.lifecycleState = 'InService';
      const fleet = await provisioner.reconcile(about('resume', first));
      expect(fleet).to.include({ needed: 2, in_service: inService, reason });
      expect(count('DescribeScalingActivities')).to.equal(asked);
    });
  }

  /** The event, and how often the size is set. */
  const OTHERS: [string, () => ProvisionerEvent, number][] = [
    ['the schedule', () => SCHEDULE, 0],
    ['a redriven execution', () => about('resume', second), 0],
    ['the guard of another one', () => about('deprovision', `${second}-other`), 0],
    // It uses the known execution, and then takes that back.
    ["the workflow's end of another one", () => leaving(`${second}-other`, 1), 2],
  ];
  for (const [what, event, sets] of OTHERS) {
    it(`bring no workers back for ${what}, though they knew an execution and the list still has it`, async () => {
      await provisioner.reconcile(provision(second, 1));
      const { executions } = await provisioner.list();
      await provisioner.stop(first);
      provisioner.group.setDesired(1, 'a test');
      provisioner.stale = { executions };
      provisioner.actions.length = 0;
      await provisioner.reconcile(event());
      expect(provisioner.group.desired).to.equal(1);
      expect(count('SetDesiredCapacity')).to.equal(sets);
    });
  }

  for (const [what, event] of [
    ["the workflow's end", () => leaving(first, 2)],
    ['the guard', () => about('deprovision', first)],
  ] as const) {
    it(`check the size that ${what} of an execution has set against the state at that time`, async () => {
      await provisioner.reconcile(provision(second, 1));
      const { executions } = await provisioner.list();
      let lists = 0;
      provisioner.intercept = async ({ action }) => {
        if (action !== 'ListExecutions') return;
        lists += 1;
        if (lists === 2) {
          // Another environment of the function gets that event first.
          await provisioner.stop(second);
          provisioner.group.setDesired(0, 'a test');
        }
        return { executions };
      };
      await provisioner.reconcile(event());
      expect(provisioner.group.desired).to.equal(0);
    });
  }

  it('take back only the workers that they have added: the event of the end does the rest', async () => {
    let isStopped = false;
    provisioner.intercept = async ({ action }) => {
      if (action !== 'SetDesiredCapacity' || isStopped) return;
      isStopped = true;
      await provisioner.stop(first);
    };
    expect(await provisioner.reconcile(SCHEDULE)).to.include({ needed: 1, desired: 2 });
    await provisioner.reconcile(about('deprovision', first));
    expect(provisioner.group.desired).to.equal(1);
  });
});

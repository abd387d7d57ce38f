import { expect } from 'chai';
import { fleetStatus, type Pass, shortage } from '../../../runtime/provisioner/fleet-status';

const about = { execution_arn: 'own', redrive_count: 0 };
const pass = (workers: number, from: number, desired: number, inService: number): Pass => ({
  demand: { workers },
  group: { desired: from, maximum: 10, inService },
  desired,
});

const processing = { processor: 'checksum', parameters: {} };

describe('the answer of the provisioner', () => {
  const first = pass(2, 5, 3, 4);
  const last = pass(6, 3, 6, 3);

  it('is the fleet as the last pass left it', () => {
    const fleet = { needed: 6, desired: 6, in_service: 3, running: 1, reason: '' };
    expect(fleetStatus({ action: 'reconcile' }, first, last, 1)).to.deep.equal(fleet);
    const provision = {
      ...about,
      action: 'provision',
      worker_count: 4,
      ...processing,
      started_at: '',
    } as const;
    expect(fleetStatus(provision, first, last, 1)).to.deep.equal(fleet);
  });

  it('is, for an execution that leaves, the fleet as it leaves it, with what it needed', () => {
    const fleet = { desired: 5, in_service: 4, running: 1, reason: '' };
    expect(fleetStatus({ action: 'deprovision', ...about, worker_count: 3 }, first, last, 1)).to.deep.equal({
      ...fleet,
      needed: 5,
    });
    expect(fleetStatus({ action: 'deprovision', ...about }, first, last, 1)).to.deep.equal({
      ...fleet,
      needed: 2,
    });
  });

  const LIMIT = 'The running executions need 5 workers, and the group has at most 4';
  const reasons: [string, number, number, string, string][] = [
    ['instances boot', 4, 2, '', ''],
    ['the launch failed', 4, 2, 'no capacity', 'no capacity'],
    ['more are needed than the maximum', 5, 4, '', LIMIT],
    ['more are needed than the maximum, and an earlier launch failed', 5, 4, 'no capacity', LIMIT],
    ['more are needed than the maximum, and the launch failed', 5, 3, 'no capacity', 'no capacity'],
    ['more are needed than the maximum, and instances boot', 5, 3, '', LIMIT],
  ];
  for (const [what, needed, in_service, failure, reason] of reasons) {
    it(`says why instances are missing: ${what}`, () => {
      expect(shortage({ needed, in_service }, 4, failure)).to.equal(reason);
    });
  }
});

import { mock } from 'node:test';
import { expect } from 'chai';
import type { FleetStatus } from '../../../runtime/contract';
import { writeFleetMetrics } from '../../../runtime/provisioner/fleet-metrics';
import { captureLines } from '../support/lines';

const FLEET: FleetStatus = { needed: 3, desired: 3, in_service: 3, running: 1, reason: '' };
const STUCK = { instance_id: 'i-0a', state: 'draining', since: '2026-11-27T00:00:00.000Z' } as const;

describe("the fleet's metrics", () => {
  const lines = captureLines();
  before(() => mock.timers.enable({ apis: ['Date'], now: 1_795_000_000_000 }));
  after(() => mock.timers.reset());

  it('are one line in the embedded metric format, by the name of the group', () => {
    writeFleetMetrics({ ...FLEET, idle: 2, stuck: [STUCK] }, 'group');
    expect(lines).to.deep.equal([
      {
        _aws: {
          Timestamp: 1_795_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: 'BatchProcessor',
              Dimensions: [['AutoScalingGroupName']],
              Metrics: [
                { Name: 'IdleInstances', Unit: 'Count' },
                { Name: 'StuckInstances', Unit: 'Count' },
              ],
            },
          ],
        },
        AutoScalingGroupName: 'group',
        IdleInstances: 2,
        StuckInstances: 1,
      },
    ]);
  });

  const INCOMPLETE: [string, Partial<FleetStatus>][] = [
    ['neither', {}],
    ['one of both, the stuck instances,', { stuck: [STUCK] }],
    ['one of both, the idle instances,', { idle: 2 }],
  ];
  for (const [what, known] of INCOMPLETE) {
    it(`are not written if ${what} is known`, () => {
      writeFleetMetrics({ ...FLEET, ...known }, 'group');
      expect(lines).to.deep.equal([]);
    });
  }
});

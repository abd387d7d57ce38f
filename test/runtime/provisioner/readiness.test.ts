import type { Task } from '@aws-sdk/client-ecs';
import { expect } from 'chai';
import { secondsToReady, workersToRead } from '../../../runtime/provisioner/readiness';
import { at, exitedTask, refusedTask, runningTask, scaledInTask } from './tasks';

/** An execution that began to wait at second 0; the provisioner is called every 10 s, for 600 s at most. */
const LIMITS = { PROVISION_POLL_SECONDS: 10, PROVISION_TIMEOUT_SECONDS: 600 };

interface Case {
  now: number;
  running?: Task[];
  stopped?: Task[];
  inService?: number;
  reason?: string;
}

function outcome(
  { now, running = [], stopped = [], inService = 1, reason = '' }: Case,
  reads: 'everything' | 'what is needed',
): string {
  const fleet = { desired: 3, in_service: inService, running: running.length, reason };
  const needed = workersToRead(fleet, at(0), at(now), LIMITS);
  if (reads === 'what is needed') {
    if (!needed.running) running = [];
    if (!needed.stopped) stopped = [];
  }
  try {
    return secondsToReady({ fleet, running, stopped }, at(0), at(now), LIMITS) === 0 ? 'ready' : 'waits';
  } catch (error) {
    return String(error);
  }
}

const TABLE: Record<string, Record<string, [Case, string]>> = {
  'a worker runs': {
    'for half the time between two calls': [{ now: 25, running: [runningTask(20)] }, 'ready'],
    'for less': [{ now: 24, running: [runningTask(20)] }, 'waits'],
    'the one that has run the longest counts': [
      { now: 25, running: [runningTask(24), runningTask(20), runningTask(23)] },
      'ready',
    ],
    'for a twentieth of the time that it took to come': [{ now: 420, running: [runningTask(400)] }, 'ready'],
    'for less than that': [{ now: 419, running: [runningTask(400)] }, 'waits'],
    'before the execution started': [{ now: 1, running: [runningTask(-100)] }, 'ready'],
    'on an instance that is on its way out': [{ now: 25, running: [runningTask(20)], inService: 0 }, 'waits'],
    'beside one that is pending': [
      { now: 25, running: [{ lastStatus: 'PENDING' }, { lastStatus: 'RUNNING' }, runningTask(20)] },
      'ready',
    ],
    'not yet: its task is pending': [{ now: 25, running: [{ lastStatus: 'PENDING' }] }, 'waits'],
    'not yet, though its container was started': [
      { now: 25, running: [{ lastStatus: 'STOPPING', startedAt: at(0) }] },
      'waits',
    ],
  },
  'workers stop as soon as they start': {
    'one or two may meet a hiccup': [{ now: 20, stopped: [refusedTask(1, 2), refusedTask(3, 4)] }, 'waits'],
    'three are more than a hiccup': [
      { now: 20, stopped: [refusedTask(1, 2), refusedTask(3, 4), refusedTask(5, 6, 'no image')] },
      'WorkersCannotStart: no image',
    ],
    'of more instances, as many as there are': [
      { now: 20, inService: 4, stopped: [1, 3, 5].map((second) => refusedTask(second, second + 1)) },
      'waits',
    ],
    'of more instances, one for each': [
      {
        now: 20,
        inService: 4,
        stopped: [1, 3, 5, 7].map((second) => refusedTask(second, second + 1, 'bad')),
      },
      'WorkersCannotStart: bad',
    ],
    'within a minute of the first': [{ now: 61.9, stopped: [exitedTask(1, 2)] }, 'waits'],
    'a minute after the first': [
      { now: 62, stopped: [exitedTask(1, 2), exitedTask(50, 51)] },
      'WorkersCannotStart: Essential container in task exited; exit code 1',
    ],
    'before the execution started: not its own': [
      { now: 20, stopped: [-30, -20, -10].map((second) => refusedTask(second, second + 1)) },
      'waits',
    ],
    'whose instances are gone: the next ones may start': [
      { now: 20, inService: 0, stopped: [1, 3, 5].map((second) => refusedTask(second, second + 1)) },
      'waits',
    ],
    'because the group was scaled in': [
      { now: 70, stopped: [1, 2, 3].map((second) => scaledInTask(second, second + 1)) },
      'waits',
    ],
  },
  'some failed, then one runs': {
    'twice as long as any of them did: the failures have passed': [
      { now: 40, running: [runningTask(20)], stopped: [exitedTask(1, 11), exitedTask(1, 3)] },
      'ready',
    ],
    'for less: it may be about to fail as well': [
      { now: 39, running: [runningTask(20)], stopped: [exitedTask(1, 11)] },
      'waits',
    ],
    'after three failures, for just long enough': [
      {
        now: 25,
        running: [runningTask(20)],
        stopped: [1, 5, 9].map((second) => refusedTask(second, second + 1)),
      },
      'ready',
    ],
    'after three failures, for a moment': [
      {
        now: 21,
        running: [runningTask(20)],
        stopped: [1, 5, 9].map((second) => refusedTask(second, second + 1, 'bad')),
      },
      'WorkersCannotStart: bad',
    ],
  },
  'no worker comes': {
    'within the timeout': [{ now: 599, inService: 0 }, 'waits'],
    'for the timeout: with the reason of the group': [
      { now: 600.4, inService: 0, reason: 'no capacity' },
      'ProvisionTimeout: No worker runs after 600 s (desired 3, in service 0): no capacity',
    ],
    'for the timeout: with the reason of the cluster': [
      { now: 600, inService: 1, stopped: [refusedTask(560, 561, 'no image')] },
      'ProvisionTimeout: No worker runs after 600 s (desired 3, in service 1): no image',
    ],
    'for the timeout: with the reason of the cluster, though the last instance is gone': [
      { now: 600, inService: 0, stopped: [refusedTask(560, 561, 'no image')] },
      'ProvisionTimeout: No worker runs after 600 s (desired 3, in service 0): no image',
    ],
    'for the timeout: without a reason': [
      { now: 700 },
      'ProvisionTimeout: No worker runs after 700 s (desired 3, in service 1): no reason is known',
    ],
  },
};

describe('whether a map can start', () => {
  for (const [group, cases] of Object.entries(TABLE)) {
    describe(group, () => {
      for (const [what, [seen, expected]] of Object.entries(cases)) {
        it(`${what}: ${expected.split(':')[0]}`, () => {
          expect(outcome(seen, 'everything')).to.equal(expected);
          expect(outcome(seen, 'what is needed')).to.equal(expected);
        });
      }
    });
  }

  const reads: [string, number, number, number, { running: boolean; stopped: boolean }][] = [
    ['nothing while instances boot', 599, 0, 0, { running: false, stopped: false }],
    ['the stopped workers, if instances run', 20, 2, 0, { running: false, stopped: true }],
    ['the running workers too, if one runs', 20, 2, 1, { running: true, stopped: true }],
    ['nothing while the only worker drains', 20, 0, 1, { running: false, stopped: false }],
    ['the stopped workers, for the reason of a timeout', 600, 0, 0, { running: false, stopped: true }],
  ];
  for (const [what, now, in_service, running, needed] of reads) {
    it(`is decided from ${what}`, () => {
      expect(workersToRead({ in_service, running }, at(0), at(now), LIMITS)).to.deep.equal(needed);
    });
  }
});

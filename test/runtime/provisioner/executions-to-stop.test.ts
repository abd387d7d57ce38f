import type { Task } from '@aws-sdk/client-ecs';
import { expect } from 'chai';
import { executionsToStop, mayHaveToStop } from '../../../runtime/provisioner/executions-to-stop';
import { at, exitedTask, refusedTask, scaledInTask } from './tasks';

const TIMEOUT_SECONDS = 600;
const refused = (...created: number[]) =>
  created.map((second) => refusedTask(second, second + 1, 'no image'));

interface Case {
  now: number;
  stopped: Task[];
  /** The execution's start, or latest redrive. */
  since?: number;
}

const TABLE: Record<string, [Case, boolean]> = {
  'three workers failed, and none started for as long as a first one may take': [
    { now: 701, stopped: refused(100, 300, 500) },
    true,
  ],
  'not yet for so long': [{ now: 700.9, stopped: refused(100, 300, 500) }, false],
  'only two failed': [{ now: 2000, stopped: refused(100, 300) }, false],
  'the failures were before the execution started': [
    { now: 2000, stopped: refused(100, 300, 500), since: 301 },
    false,
  ],
  'failures from its start on count': [{ now: 2000, stopped: refused(100, 300, 500), since: 100 }, true],
  'a worker has worked since: only failures after it count': [
    { now: 2000, stopped: [...refused(100, 300, 500), exitedTask(310, 400)] },
    false,
  ],
  'three failed after the last one that worked': [
    { now: 1051, stopped: [...refused(100, 450, 500, 550), scaledInTask(310, 400)] },
    true,
  ],
  'a worker that ran for less than a minute had not started': [
    { now: 2000, stopped: [...refused(100, 300), exitedTask(310, 369)] },
    true,
  ],
  'nothing failed': [{ now: 2000, stopped: [scaledInTask(0, 10)] }, false],
};

describe('an execution whose workers cannot start any more', () => {
  for (const [what, [{ now, stopped, since = 0 }, stops]] of Object.entries(TABLE)) {
    it(`${what}: ${stops ? 'is stopped' : 'goes on'}`, () => {
      const executions = [{ executionArn: 'arn', runningSince: at(since) }];
      const found = executionsToStop(executions, stopped, TIMEOUT_SECONDS, at(now));
      expect(found.map(({ executionArn }) => executionArn)).to.deep.equal(stops ? ['arn'] : []);
    });
  }

  it('is judged by its own start, and stopped with ECS’s own reason', () => {
    const executions = [0, 400].map((since) => ({ executionArn: `from ${since}`, runningSince: at(since) }));
    expect(executionsToStop(executions, refused(100, 300, 500), TIMEOUT_SECONDS, at(800))).to.deep.equal([
      { executionArn: 'from 0', cause: 'no image', taskArn: undefined },
    ]);
  });

  const fleets: [string, number, number, number, boolean][] = [
    ['an instance runs, and no worker', 1, 1, 0, true],
    ['a worker runs', 1, 2, 1, false],
    ['no instance runs, so nothing is tried and nothing is billed', 1, 0, 0, false],
    ['nothing runs', 0, 1, 0, false],
  ];
  for (const [what, count, in_service, running, looks] of fleets) {
    it(`${what}: the stopped workers are ${looks ? '' : 'not '}read`, () => {
      const executions = Array.from({ length: count }, () => ({ executionArn: 'arn', runningSince: at(0) }));
      expect(mayHaveToStop(executions, { in_service, running })).to.equal(looks);
    });
  }
});

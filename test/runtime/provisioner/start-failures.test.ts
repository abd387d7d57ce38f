import type { Task } from '@aws-sdk/client-ecs';
import { expect } from 'chai';
import { lastWorkedUntil, startFailures } from '../../../runtime/provisioner/start-failures';
import { at, exitedTask, refusedTask, scaledInTask } from './tasks';

describe('start failures', () => {
  it('are only tasks that never ran or ended by themselves', () => {
    const stopped = [scaledInTask(10, 20), refusedTask(10, 12), exitedTask(10, 14), { createdAt: at(10) }];
    expect(startFailures(stopped, at(0))).to.include({ count: 2 });
    expect(startFailures([scaledInTask(10, 20)], at(0))).to.equal(undefined);
    expect(startFailures([], at(0))).to.equal(undefined);
  });

  it('count if they were created at the given time or later', () => {
    const stopped = [refusedTask(4, 11), refusedTask(5, 9), refusedTask(6, 12)];
    expect(startFailures(stopped, at(5))).to.include({ count: 2 });
    expect(startFailures([{ stopCode: 'TaskFailedToStart' }], at(0))).to.equal(undefined);
  });

  it("give the first one’s time, the longest run and the latest reason, in any order of ECS's list", () => {
    const stopped = [exitedTask(3, 8, 2), refusedTask(9, 10, 'the latest'), refusedTask(1, 2, 'the first')];
    expect(startFailures(stopped, at(0))).to.deep.equal({
      count: 3,
      firstAt: at(2),
      longestSeconds: 5,
      reason: 'the latest',
      taskArn: undefined,
    });
  });

  it('name the latest task if its container ran, and so may have written why', () => {
    const taskArnOf = (task: Task) => startFailures([{ ...task, taskArn: 'arn' }], at(0))?.taskArn;
    expect(taskArnOf(exitedTask(3, 8))).to.equal('arn');
    expect(taskArnOf(refusedTask(3, 8))).to.equal(undefined);
  });

  it('take the best time that ECS gives for the end', () => {
    const { stopCode, createdAt } = refusedTask(1, 2);
    const firstAt = (task: Task) => startFailures([{ stopCode, createdAt: at(1), ...task }], at(0))?.firstAt;
    expect(firstAt({ stoppedAt: at(5), stoppingAt: at(4) })).to.deep.equal(at(5));
    expect(firstAt({ stoppingAt: at(4) })).to.deep.equal(at(4));
    expect(firstAt({})).to.deep.equal(createdAt);
  });

  const reasons: [string, Task, string][] = [
    ['the reason of the task', { stoppedReason: 'no image' }, 'no image'],
    [
      'with the exit code',
      { stoppedReason: 'Essential container in task exited', containers: [{}, { exitCode: 137 }] },
      'Essential container in task exited; exit code 137',
    ],
    [
      'with the reason of the container',
      { stoppedReason: 'exited', containers: [{ reason: 'OutOfMemoryError', exitCode: 137 }] },
      'exited; OutOfMemoryError; exit code 137',
    ],
    [
      'once, if container and task have the same',
      { stoppedReason: 'no image', containers: [{ reason: 'no image' }] },
      'no image',
    ],
    ['without an exit code of 0', { stoppedReason: 'exited', containers: [{ exitCode: 0 }] }, 'exited'],
    ['empty if ECS gives none', {}, ''],
  ];
  for (const [what, task, reason] of reasons) {
    it(`say why: ${what}`, () => {
      const failed = { stopCode: 'EssentialContainerExited' as const, createdAt: at(1), ...task };
      expect(startFailures([failed], at(0))?.reason).to.equal(reason);
    });
  }
});

describe('the last worker that ran', () => {
  it('is the one that stopped last of those that ran long enough', () => {
    const stopped = [scaledInTask(0, 70), exitedTask(20, 80), exitedTask(100, 159), refusedTask(200, 400)];
    expect(lastWorkedUntil(stopped, 60)).to.deep.equal(at(80));
  });

  it('does not exist if ECS remembers none', () => {
    expect(lastWorkedUntil([refusedTask(0, 100)], 60)).to.deep.equal(new Date(0));
  });
});

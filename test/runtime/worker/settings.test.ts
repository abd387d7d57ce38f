import { totalmem } from 'node:os';
import { mock } from 'node:test';
import { expect } from 'chai';
import { readSettings } from '../../../runtime/worker/settings';

const ENVIRONMENT = {
  ACTIVITY_ARN: 'arn',
  WORKER_SLOTS: '2',
  PROCESSOR: 'gzip',
  HEARTBEAT_TIMEOUT_SECONDS: '60',
  TASK_TIMEOUT_SECONDS: '300',
  STOP_TIMEOUT_SECONDS: '120',
};

describe("the worker's settings", () => {
  it('come from its environment: tasks end at 95 % of their timeout, and have three quarters of the stop timeout', () => {
    expect(readSettings({ ...ENVIRONMENT, THREAD_MEMORY_MIB: '64', WORKER_POLLS: '1' })).to.deep.equal({
      activityArn: 'arn',
      slots: 2,
      polls: 1,
      processor: 'gzip',
      heartbeatIntervalSeconds: 20,
      deadlineSeconds: 285,
      graceSeconds: 90,
      threadMemoryMiB: 64,
    });
  });

  it('allow a poll for each slot', () => {
    expect(readSettings({ ...ENVIRONMENT, WORKER_SLOTS: '7' }).polls).to.equal(7);
  });

  describe('share three quarters of the memory among the slots, 2 GiB at most', () => {
    const MIB = 2 ** 20;
    afterEach(() => mock.reset());
    /** Heap of a slot; `limit`: of the container, 0 where there is none. */
    const heap = (limit: number, slots: number) => {
      mock.method(process, 'constrainedMemory', () => limit);
      return readSettings({ ...ENVIRONMENT, WORKER_SLOTS: String(slots) }).threadMemoryMiB;
    };

    it('of the container', () => {
      const memory = Math.min(totalmem(), 512 * MIB) / MIB;
      expect(heap(512 * MIB, 1)).to.equal(Math.floor(memory * 0.75));
      expect(heap(512 * MIB, 4)).to.equal(Math.floor((memory * 0.75) / 4));
    });

    it('of the machine, where the container has no limit or a larger one', () => {
      const share = Math.min(2048, Math.floor(((totalmem() / MIB) * 0.75) / 256));
      expect(heap(0, 256)).to.equal(share);
      expect(heap(totalmem() * 2, 256)).to.equal(share);
    });

    it('at most', () => {
      const os: { totalmem: () => number } = require('node:os');
      mock.method(os, 'totalmem', () => 64 * 1024 * MIB);
      expect(heap(0, 2)).to.equal(2048);
    });
  });

  const bad: [string, string | undefined][] = [
    ['ACTIVITY_ARN', undefined],
    ['ACTIVITY_ARN', ''],
    ['WORKER_SLOTS', '0'],
    ['WORKER_SLOTS', '257'],
    ['WORKER_SLOTS', '1.5'],
    ['WORKER_POLLS', '0'],
    ['WORKER_POLLS', '1.5'],
    ['PROCESSOR', 'nobody'],
    ['HEARTBEAT_TIMEOUT_SECONDS', '0'],
    ['TASK_TIMEOUT_SECONDS', '-1'],
    ['STOP_TIMEOUT_SECONDS', 'soon'],
    ['THREAD_MEMORY_MIB', '15'],
    ['THREAD_MEMORY_MIB', '16.5'],
  ];
  for (const [name, value] of bad) {
    it(`refuse ${name}=${value}`, () => {
      expect(() => readSettings({ ...ENVIRONMENT, [name]: value })).to.throw(
        new RegExp(`^Bad environment: ${name}: [^;]+$`),
      );
    });
  }

  it('name all that is wrong', () => {
    expect(() => readSettings({ ...ENVIRONMENT, ACTIVITY_ARN: '', WORKER_SLOTS: '0' })).to.throw(
      /^Bad environment: ACTIVITY_ARN: .*; WORKER_SLOTS: /,
    );
  });
});

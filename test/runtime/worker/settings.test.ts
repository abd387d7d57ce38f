import { totalmem } from 'node:os';
import { expect } from 'chai';
import { readSettings } from '../../../runtime/worker/settings';

const ENVIRONMENT = {
  ACTIVITY_ARN: 'arn',
  WORKER_SLOTS: '2',
  PROCESSOR: 'gzip',
  HEARTBEAT_TIMEOUT_SECONDS: '60',
  OBJECT_TIMEOUT_SECONDS: '300',
  STOP_TIMEOUT_SECONDS: '120',
};

describe("the worker's settings", () => {
  it('come from its environment: objects end at their timeout, and tasks have three quarters of the stop timeout', () => {
    expect(readSettings({ ...ENVIRONMENT, SLOT_MEMORY_MIB: '256', WORKER_POLLS: '1' })).to.deep.equal({
      activityArn: 'arn',
      slots: 2,
      polls: 1,
      processor: 'gzip',
      heartbeatIntervalSeconds: 20,
      deadlineSeconds: 300,
      graceSeconds: 90,
      slotMemoryMiB: 256,
    });
  });

  it('allow a poll for each slot', () => {
    expect(readSettings({ ...ENVIRONMENT, WORKER_SLOTS: '7' }).polls).to.equal(7);
  });

  it('share three quarters of the memory among the slots, 128 MiB to 2 GiB each', () => {
    const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2 ** 20;
    for (const slots of [1, 8, 64, 256]) {
      const { slotMemoryMiB } = readSettings({ ...ENVIRONMENT, WORKER_SLOTS: String(slots) });
      const share = Math.floor((memory * 0.75) / slots);
      expect(slotMemoryMiB, `${slots} slots`).to.equal(Math.max(128, Math.min(2048, share)));
    }
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
    ['OBJECT_TIMEOUT_SECONDS', '-1'],
    ['STOP_TIMEOUT_SECONDS', 'soon'],
    ['SLOT_MEMORY_MIB', '127'],
    ['SLOT_MEMORY_MIB', '128.5'],
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

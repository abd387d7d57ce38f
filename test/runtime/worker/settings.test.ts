import { totalmem } from 'node:os';
import { mock } from 'node:test';
import { expect } from 'chai';
import { readSettings } from '../../../runtime/worker/settings';

const ENVIRONMENT = {
  ACTIVITY_ARN: 'arn',
  SLOT_OBJECTS_IN_FLIGHT: '4',
  WORKER_SLOTS: '2',
  HEARTBEAT_TIMEOUT_SECONDS: '60',
  OBJECT_TIMEOUT_SECONDS: '300',
  STOP_TIMEOUT_SECONDS: '120',
};

describe("the worker's settings", () => {
  it('come from its environment: objects end at their timeout, and tasks have three quarters of the stop timeout', () => {
    expect(readSettings({ ...ENVIRONMENT, SLOT_MEMORY_MIB: '256' })).to.deep.equal({
      activityArn: 'arn',
      slots: 2,
      objectsInFlight: 4,
      heartbeatIntervalSeconds: 20,
      deadlineSeconds: 300,
      graceSeconds: 90,
      slotMemoryMiB: 256,
    });
  });

  describe('share three quarters of the memory among the slots, 128 MiB to 2 GiB each', () => {
    const MIB = 2 ** 20;
    afterEach(() => mock.reset());
    /** MiB of a slot; `limit`: the limit of the container, 0 if it has none. */
    const share = (limit: number, slots: number) => {
      mock.method(process, 'constrainedMemory', () => limit);
      return readSettings({ ...ENVIRONMENT, WORKER_SLOTS: String(slots) }).slotMemoryMiB;
    };

    it('of the container', () => {
      const memory = Math.min(totalmem(), 1024 * MIB) / MIB;
      expect(share(1024 * MIB, 1)).to.equal(Math.floor(memory * 0.75));
      expect(share(1024 * MIB, 4)).to.equal(Math.floor((memory * 0.75) / 4));
    });

    it('of the machine, if the container has no limit or a larger one', () => {
      const expected = Math.min(2048, Math.floor(((totalmem() / MIB) * 0.75) / 16));
      expect(share(0, 16)).to.equal(expected);
      expect(share(totalmem() * 2, 16)).to.equal(expected);
    });

    it('within these limits', () => {
      const os: { totalmem: () => number } = require('node:os');
      mock.method(os, 'totalmem', () => 64 * 1024 * MIB);
      expect(share(0, 2)).to.equal(2048);
      expect(share(512 * MIB, 4)).to.equal(128);
    });
  });

  const bad: [string, string | undefined][] = [
    ['ACTIVITY_ARN', undefined],
    ['ACTIVITY_ARN', ''],
    ['WORKER_SLOTS', '0'],
    ['WORKER_SLOTS', '257'],
    ['WORKER_SLOTS', '1.5'],
    ['HEARTBEAT_TIMEOUT_SECONDS', '0'],
    ['OBJECT_TIMEOUT_SECONDS', '-1'],
    ['STOP_TIMEOUT_SECONDS', 'soon'],
    ['SLOT_OBJECTS_IN_FLIGHT', '0'],
    ['SLOT_OBJECTS_IN_FLIGHT', undefined],
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

  it('name all wrong values', () => {
    expect(() => readSettings({ ...ENVIRONMENT, ACTIVITY_ARN: '', WORKER_SLOTS: '0' })).to.throw(
      /^Bad environment: ACTIVITY_ARN: .*; WORKER_SLOTS: /,
    );
  });
});

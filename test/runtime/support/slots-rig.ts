/** Slots for the tests of a file: new ones for each test, which ends them, with the processes of `writeSlot`. */
import { mock } from 'node:test';
import { setInterval } from 'node:timers/promises';
import type { Task } from '../../../runtime/contract';
import { ObjectsInHand } from '../../../runtime/worker/supervisor/objects-in-hand';
import { Slots, type SlotsOptions } from '../../../runtime/worker/supervisor/slots';
import { captureLines } from './lines';
import { taskOf, writeSlot } from './task-cloud';

/** A signal that is never aborted. */
export const NEVER = new AbortController().signal;

/** Skips the test on systems other than Linux, since it reads /proc. */
export const onLinux = (test: Mocha.Context) => process.platform === 'linux' || test.skip();

/** Call this in a `describe`. */
export function slotsRig() {
  const lines = captureLines();
  let slot: Awaited<ReturnType<typeof writeSlot>>;
  let slots: Slots;
  let opened: Slots[];
  before(async () => {
    slot = await writeSlot();
  });
  after(() => slot.remove());
  const open = (change: Partial<SlotsOptions> = {}) => {
    slots = new Slots({
      slots: 2,
      slotMemoryMiB: 128,
      deadlineSeconds: 60,
      objectsInFlight: 1,
      filename: slot.filename,
      ...change,
    });
    opened.push(slots);
  };
  beforeEach(() => {
    opened = [];
    open();
  });
  afterEach(async () => {
    mock.timers.reset();
    mock.restoreAll();
    await Promise.all(opened.map((one) => one.close()));
  });

  const run = (key: string, signal = NEVER, task: Partial<Task> = {}) => {
    const lane = slots.open({ task: { ...taskOf(key), ...task }, workerId: 'worker', signal });
    return lane.process(key).finally(() => lane.close());
  };
  /** The process that has processed an object. */
  const pidOf = async (key: string, task: Partial<Task> = {}) =>
    Number((await run(key, NEVER, task)).worker_id);
  /** Deadlines of a second: they pass only at `passDeadline`, no matter how long a process takes to start. */
  const openWithDeadline = (change: Partial<SlotsOptions> = {}) => {
    open({ deadlineSeconds: 1, ...change });
    mock.timers.enable({ apis: ['setTimeout'] });
    const add = mock.method(ObjectsInHand.prototype, 'add').mock;
    const enter = mock.method(ObjectsInHand.prototype, 'enter').mock;
    const turns = () => enter.calls.filter(({ arguments: [, stage] }) => stage === 'processing').length;
    /** Resolves once a process has been given an object, and this number of objects have had their turn with the processor. */
    const passDeadline = async (begun: number) => {
      for await (const _ of setInterval(5)) if (add.callCount() > 0 && turns() === begun) break;
      mock.timers.tick(1_000);
    };
    return { passDeadline };
  };
  return {
    /** The lines that the slots log. */
    lines,
    open,
    run,
    pidOf,
    openWithDeadline,
    /** The slots that were opened last. */
    get slots() {
      return slots;
    },
    /** The file that their processes run. */
    get filename() {
      return slot.filename;
    },
  };
}

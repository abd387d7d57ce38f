/** Lanes of a slot that a test makes up. */
import type { ObjectResult } from '../../../runtime/contract';
import type { TaskOfObject } from '../../../runtime/worker/slot/messages';
import type { PerformOptions } from '../../../runtime/worker/tasks/perform-task';

export interface LaneRequest {
  task: TaskOfObject;
  key: string;
  workerId: string;
}

export type ProcessInLane = (request: LaneRequest, signal: AbortSignal) => Promise<ObjectResult>;

/** Opens lanes that process one object after the other, and none after the signal was aborted. */
export function lanes(process: ProcessInLane): PerformOptions['open'] {
  return ({ task, workerId, signal }) => {
    let last: Promise<unknown> = Promise.resolve();
    return {
      process(key) {
        const next = last.then(() => {
          signal.throwIfAborted();
          return process({ task, key, workerId }, signal);
        });
        last = next.catch(() => {});
        return next;
      },
      close: async () => {},
    };
  };
}

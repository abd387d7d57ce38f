/** What became of one object of an execution that has ended. */
import type { ObjectFailure, ObjectResult } from '../runtime/contract';

/** Where and when the task of a failed object ended; a failure that no worker reported, such as a timeout, lacks them. */
export interface FailureOrigin {
  worker_id?: string;
  slot?: number;
  attempt?: number;
  /** Of that attempt at its task, ISO 8601. */
  started_at?: string;
  /** ISO 8601. */
  ended_at?: string;
}

/**
 * What became of one object. Objects of a task in which another object failed are `done`: processed or skipped, without details,
 * since Step Functions keeps no output of such a task. `pending`: not begun, or cut off, when the execution ended.
 */
export type ObjectOutcome =
  | ObjectResult
  | (ObjectFailure & FailureOrigin & { status: 'failed' })
  | { object_key: string; status: 'done' | 'pending' };

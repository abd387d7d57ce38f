/**
 * The log lines of workers and of the provisioner that others read: the client, the commands, the page of a live run, and the filters of
 * people. The words of PROCESSING_TASK, TASK_COMPLETED, PROCESSING_OBJECT and OBJECT_PROCESSED never change.
 */
import type { ProvisionerEvent } from './contract';

export const PROCESSING_TASK = 'Processing task';
export const TASK_COMPLETED = 'Task completed';
/** Also of a task that a slot had begun when its worker was told to stop. */
export const TASK_FAILED = 'Task failed';
/** No slot has begun it. */
export const TASK_HANDED_BACK = 'Task handed back';

export const PROCESSING_OBJECT = 'Processing S3 object';
export const OBJECT_PROCESSED = 'S3 object processed successfully';
export const OBJECT_SKIPPED = 'S3 object skipped';
/** In this attempt: another one may follow. */
export const OBJECT_FAILED = 'S3 object failed';

/** The provisioner's answer to each event. */
export const FLEET_RECONCILED = 'Fleet reconciled';

/** The fields of these lines, as far as a line has them. */
export interface LogLine {
  /** ISO 8601, UTC. */
  timestamp?: string;
  message?: string;
  /** Name of the execution. */
  execution?: string;
  attempt?: number;
  /** From 1, in its worker. */
  slot?: number;
  seconds?: number;
  /** Key of an object in S3. */
  key?: string;
  bucket?: string;
  /** Key of its first output. */
  processed_key?: string;
  /** Why an object was skipped. */
  reason?: string;
  /** One of runtime/errors.ts, with what happened and, of a processor's error, where. */
  error?: string;
  cause?: string;
  stack?: string;
  /** In lines of the provisioner: its event. */
  event?: ProvisionerEvent;
}

/** Without fields if the text is not such a line: a processor's programs may print anything. */
export function parseLogLine(text: string): LogLine {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** What has failed in a run so far, as its workers log it: Step Functions reports only the number of failures. */
import {
  INTERRUPTED_ERROR,
  PERMANENT_ERRORS,
  STORAGE_ERROR,
  STORAGE_RETRIES,
  TRANSIENT_RETRIES,
} from '../../runtime/errors';
import { OBJECT_FAILED, parseLogLine, TASK_FAILED, TASK_HANDED_BACK } from '../../runtime/log-lines';
import { waitReasonOf } from '../long-retry';
import { WorkerLog, type WorkerLogOptions } from './worker-log';

export interface Tries {
  /** Objects whose last attempt has failed, by error. */
  failed: Record<string, number>;
  /** Attempts at objects that have failed and are made again, by error. */
  retried: Record<string, number>;
  /** Tasks that workers handed back, begun or not: told to stop (a Spot interruption, a deployment, an earlier run's end), or with no slot free. */
  interruptions: number;
}

/** Counts, line by line. An object counts once as failed, however many lines report it. */
export class TryCounter {
  private readonly failures = new Map<string, string>();
  private readonly retried: Record<string, number> = {};
  private interruptions = 0;

  constructor(private readonly execution: string) {}

  add(text: string): void {
    const { message, execution, key, error = 'unknown', attempt = 1 } = parseLogLine(text);
    if (execution !== this.execution) return;
    const isInterrupted = message === TASK_FAILED && error === INTERRUPTED_ERROR;
    if (isInterrupted || message === TASK_HANDED_BACK) this.interruptions += 1;
    if (message !== OBJECT_FAILED || key === undefined) return;
    if (isLast(error, attempt)) this.failures.set(key, error);
    else this.retried[error] = (this.retried[error] ?? 0) + 1;
  }

  get tries(): Tries {
    const failed: Record<string, number> = {};
    for (const error of this.failures.values()) failed[error] = (failed[error] ?? 0) + 1;
    return { failed, retried: { ...this.retried }, interruptions: this.interruptions };
  }
}

/** Whether no other attempt follows, as far as this object decides. */
function isLast(error: string, attempt: number): boolean {
  if ((PERMANENT_ERRORS as readonly string[]).includes(error)) return true;
  return attempt > (error === STORAGE_ERROR ? STORAGE_RETRIES : TRANSIENT_RETRIES);
}

/** Reads the workers' log again and again. */
export class TryReader {
  private readonly counter: TryCounter;
  private readonly log: WorkerLog;
  private isRefused = false;

  constructor(execution: string, options: Omit<WorkerLogOptions, 'filterPattern'>) {
    this.counter = new TryCounter(execution);
    this.log = new WorkerLog({
      ...options,
      filterPattern: `{ $.level = "error" || $.message = "${TASK_HANDED_BACK}" }`,
    });
  }

  /** Undefined if the log cannot be read: the caller has no right to it, or it is gone. */
  async read(): Promise<Tries | undefined> {
    if (this.isRefused) return undefined;
    try {
      for await (const { message } of this.log.read()) this.counter.add(message);
    } catch (error) {
      // After a temporary error, the next call reads these lines.
      this.isRefused = waitReasonOf(error) === undefined;
      if (this.isRefused) return undefined;
    }
    return this.counter.tries;
  }
}

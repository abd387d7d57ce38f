/**
 * The worker's open polls. Each slot that is free, or almost done, has one to count on. A poll is counted on for a few
 * seconds: then another one is opened beside it. Its answer may be lost, and Step Functions may hold up other polls of the activity for
 * a minute behind a lost answer: https://docs.aws.amazon.com/step-functions/latest/dg/bp-activity-pollers.html. So an idle worker has
 * more and more polls, one by one, since a poll for which there is no slot brings a task here while another worker is idle. While tasks
 * come, there is hardly one.
 *
 * A poll is never cut off while the worker has time, since the task that it was about to bring would be lost.
 */
import { setMaxListeners } from 'node:events';
import { ActivityWorkerLimitExceeded } from '@aws-sdk/client-sfn';
import { describeError, log } from '../log';
import type { ActivityTask } from './activity';
import { backOff } from './backoff';

/** AWS advises that many for an activity; an activity allows 1,000, which all workers share. */
export const MAX_POLLS = 100;
/** How long a poll is counted on. */
export const COUNTED_MILLISECONDS = 3_000;

export interface PollsOptions {
  /** One long poll. Undefined if there was no task. */
  poll(): Promise<ActivityTask | undefined>;
  /** Number of slots that could take a task now, or soon. */
  free(): number;
  /** Takes the task that a poll has brought. */
  take(task: ActivityTask): void;
  /** A poll was answered, or refused for other workers' polls: all that this worker needs is there. */
  connected(): void;
  /** Whether polling may go on after this error. */
  mayFail(): boolean;
}

export class Polls {
  /** Resolves after `stop`, when no poll is open. Rejects with the error after which polling may not go on. */
  readonly ended: Promise<void>;
  private readonly stopping = new AbortController();
  private open = 0;
  /** Those to count on. */
  private fresh = 0;
  private limit = MAX_POLLS;
  private finish: (error?: unknown) => void = () => {};

  constructor(private readonly options: PollsOptions) {
    // Every poll that has failed waits for it.
    setMaxListeners(0, this.stopping.signal);
    this.ended = new Promise((resolve, reject) => {
      this.finish = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  /** Opens the polls that are wanted. To be called when a slot becomes free, or is almost done. */
  fill(): void {
    while (this.isWanted && this.open < this.limit) {
      this.open += 1;
      void this.pollOnAndOn();
    }
  }

  /** Opens no poll any more. Those that are open end by themselves. */
  stop(): void {
    this.stopping.abort();
    if (this.open === 0) this.finish();
  }

  /** Another poll is. */
  private get isWanted(): boolean {
    return !this.stopping.signal.aborted && this.fresh < this.options.free();
  }

  /** Polls as long as its poll is wanted. */
  private async pollOnAndOn(): Promise<void> {
    let failures = 0;
    do {
      const counted = this.count();
      try {
        const task = await this.options.poll();
        failures = 0;
        counted.end();
        this.options.connected();
        if (task) this.receive(task);
      } catch (error) {
        counted.keep();
        if (!this.stopping.signal.aborted) await this.retreat(error, failures);
        counted.end();
        failures += 1;
      }
    } while (this.isWanted && this.open <= this.limit);
    this.open -= 1;
    if (this.stopping.signal.aborted && this.open === 0) this.finish();
  }

  /** Counts one on, until it ends or gets too old; `keep`: it gets no older. */
  private count(): { keep(): void; end(): void } {
    this.fresh += 1;
    let end = () => {
      end = () => {};
      clearTimeout(timer);
      this.fresh -= 1;
    };
    const timer = setTimeout(() => {
      end();
      this.fill();
    }, COUNTED_MILLISECONDS);
    return { keep: () => clearTimeout(timer), end: () => end() };
  }

  private receive(task: ActivityTask): void {
    this.limit = MAX_POLLS;
    this.options.take(task);
  }

  /** Resolves when the next one may be opened. */
  private async retreat(error: unknown, failures: number): Promise<void> {
    if (error instanceof ActivityWorkerLimitExceeded) {
      this.options.connected();
      this.limit = Math.max(1, this.open - 1);
      if (this.open > this.limit) return;
    }
    if (!this.options.mayFail()) {
      this.finish(error);
      this.stop();
      return;
    }
    log.warn('Polling failed, trying again', describeError(error));
    await backOff(failures, this.stopping.signal).catch(() => {});
  }
}

/**
 * The worker's open polls: one for each free slot, twice as many after every few seconds in which no task has come. Step Functions may
 * hold up other polls of an activity for a minute behind an answer that was lost, so a worker that gets nothing must not rely on the
 * polls that it has: https://docs.aws.amazon.com/step-functions/latest/dg/bp-activity-pollers.html. While tasks come, no slot has a poll
 * too many: it would bring a task that no slot takes, while another worker is idle.
 *
 * A poll is never cut off while the worker has time, since the task that it was about to bring would be lost.
 */
import { ActivityWorkerLimitExceeded } from '@aws-sdk/client-sfn';
import { describeError, log } from '../log';
import type { ActivityTask } from './activity';
import { backOff } from './backoff';

/** AWS advises that many for an activity; an activity allows 1,000, which all workers share. */
export const MAX_POLLS = 100;
const QUIET_MILLISECONDS = 5_000;

export interface PollsOptions {
  /** One long poll. Undefined if there was no task. */
  poll(): Promise<ActivityTask | undefined>;
  /** Number of slots that could take a task now. */
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
  /** Polls for each free slot. */
  private factor = 1;
  private limit = MAX_POLLS;
  private quiet: NodeJS.Timeout | undefined;
  private finish: (error?: unknown) => void = () => {};

  constructor(private readonly options: PollsOptions) {
    this.ended = new Promise((resolve, reject) => {
      this.finish = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  /** Opens polls until there are as many as wanted. To be called when a slot becomes free. */
  fill(): void {
    if (!this.quiet) this.awaitQuiet();
    while (this.open < this.wanted) {
      this.open += 1;
      void this.pollOnAndOn();
    }
  }

  /** Opens no poll any more. Those that are open end by themselves. */
  stop(): void {
    this.stopping.abort();
    clearTimeout(this.quiet);
    if (this.open === 0) this.finish();
  }

  private get wanted(): number {
    if (this.stopping.signal.aborted) return 0;
    return Math.min(this.options.free() * this.factor, this.limit);
  }

  /** Until it is one poll too many. */
  private async pollOnAndOn(): Promise<void> {
    for (let failures = 0; this.open <= this.wanted; ) {
      try {
        const task = await this.options.poll();
        failures = 0;
        this.options.connected();
        if (task) this.receive(task);
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        this.retreat(error);
        if (!this.options.mayFail()) {
          this.finish(error);
          this.stop();
          break;
        }
        if (this.open > this.wanted) break;
        log.warn('Polling failed, trying again', describeError(error));
        await backOff(failures, this.stopping.signal).catch(() => {});
        failures += 1;
      }
    }
    this.open -= 1;
    if (this.stopping.signal.aborted && this.open === 0) this.finish();
  }

  private receive(task: ActivityTask): void {
    this.factor = 1;
    this.limit = MAX_POLLS;
    this.awaitQuiet();
    this.options.take(task);
  }

  /** More polls mend nothing that fails. */
  private retreat(error: unknown): void {
    this.awaitQuiet();
    if (error instanceof ActivityWorkerLimitExceeded) {
      this.options.connected();
      this.limit = Math.max(1, this.open - 1);
    } else {
      this.factor = 1;
    }
  }

  private awaitQuiet(): void {
    clearTimeout(this.quiet);
    if (this.stopping.signal.aborted) return;
    this.quiet = setTimeout(() => this.multiply(), QUIET_MILLISECONDS);
  }

  private multiply(): void {
    if (this.options.free() === 0) this.factor = 1;
    else if (this.wanted < this.limit) this.factor *= 2;
    this.awaitQuiet();
    this.fill();
  }
}

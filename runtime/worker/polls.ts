/**
 * The worker's open polls. Each free slot has one to count on. A poll is counted on for a few seconds: then another one is opened beside
 * it, since its answer may be lost. Where no task comes at all, twice as many are opened each time, since Step Functions may hold up
 * other polls of an activity for a minute behind an answer that was lost:
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-activity-pollers.html. While tasks come, hardly a poll is open for which there
 * is no slot: it would bring a task here, while another worker is idle.
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
/** A poll is counted on for that long; so long without a task makes more of them. */
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
  /** Those to count on. */
  private fresh = 0;
  /** Fresh polls for each free slot. */
  private factor = 1;
  private limit = MAX_POLLS;
  private quiet: NodeJS.Timeout | undefined;
  private finish: (error?: unknown) => void = () => {};

  constructor(private readonly options: PollsOptions) {
    // Every poll that has failed waits for it.
    setMaxListeners(0, this.stopping.signal);
    this.ended = new Promise((resolve, reject) => {
      this.finish = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  /** Opens the polls that are wanted. To be called when a slot becomes free. */
  fill(): void {
    if (!this.quiet) this.awaitQuiet();
    while (this.isWanted && this.open < this.limit) {
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

  /** Another poll is. */
  private get isWanted(): boolean {
    return !this.stopping.signal.aborted && this.fresh < this.options.free() * this.factor;
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
    }, QUIET_MILLISECONDS);
    return { keep: () => clearTimeout(timer), end: () => end() };
  }

  private receive(task: ActivityTask): void {
    this.factor = 1;
    this.limit = MAX_POLLS;
    this.awaitQuiet();
    this.options.take(task);
  }

  /** More polls mend nothing that fails. Resolves when the next one may be opened. */
  private async retreat(error: unknown, failures: number): Promise<void> {
    this.factor = 1;
    this.awaitQuiet();
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

  private awaitQuiet(): void {
    clearTimeout(this.quiet);
    if (this.stopping.signal.aborted) return;
    this.quiet = setTimeout(() => this.multiply(), QUIET_MILLISECONDS);
  }

  private multiply(): void {
    this.factor = this.options.free() === 0 ? 1 : Math.min(this.factor * 2, MAX_POLLS);
    this.awaitQuiet();
    this.fill();
  }
}

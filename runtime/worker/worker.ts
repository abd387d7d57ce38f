/** The worker: every free slot polls, as far as polls in flight are allowed, performs the task it got, and polls again. */
import { ActivityWorkerLimitExceeded } from '@aws-sdk/client-sfn';
import { INTERRUPTED_ERROR } from '../errors';
import { describeError, log } from '../log';
import { ActivityClient } from './activity';
import { backOff } from './backoff';
import type { Identity } from './identity';
import { Metrics } from './metrics';
import { performTask } from './perform-task';
import { ProcessingPool, Termination } from './processing/pool';
import type { Settings } from './settings';
import { Turns } from './turns';

/** A worker whose every poll has failed for so long ends. */
const CONNECT_MILLISECONDS = 60_000;

export class Worker {
  private readonly activity: ActivityClient;
  private readonly polls: Turns;
  private readonly pool: ProcessingPool;
  private readonly metrics: Metrics;
  /** Aborted at SIGTERM: no more polls. */
  private readonly stopping = new AbortController();
  /** Aborted at the end of the grace period: what is still in a thread is handed back. */
  private readonly interruption = new AbortController();
  private slots: Promise<unknown> = Promise.resolve();
  private readonly startedAt = performance.now();
  /** A poll was answered: activity, rights and network are there. */
  private connected = false;

  constructor(
    private readonly settings: Settings,
    private readonly identity: Identity,
  ) {
    this.activity = new ActivityClient(settings.activityArn, identity.workerId, settings.polls);
    this.polls = new Turns(settings.polls);
    this.metrics = new Metrics(identity.family);
    this.pool = new ProcessingPool({ threads: settings.slots, threadMemoryMiB: settings.threadMemoryMiB });
  }

  /**
   * Works until `stop`. Rejects if no poll is ever answered: a worker that only seems to run would keep its instance, and
   * an execution waiting, for nothing. ECS then reports that it ended, and tries another.
   */
  async run(): Promise<void> {
    this.slots = Promise.all(Array.from({ length: this.settings.slots }, () => this.runSlot()));
    await this.slots;
  }

  /** Polls no more, lets tasks in hand finish for the grace period, hands back the others; resolves when all is reported. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const grace = setTimeout(() => this.interrupt(), this.settings.graceSeconds * 1000);
    await this.slots;
    clearTimeout(grace);
    await this.pool.close();
    this.activity.close();
    this.metrics.close();
  }

  /** Ends the grace period now. */
  interrupt(): void {
    this.interruption.abort(
      new Termination(INTERRUPTED_ERROR, 'the worker was told to stop; another takes the task'),
    );
  }

  private async runSlot(): Promise<void> {
    const context = {
      activity: this.activity,
      pool: this.pool,
      settings: this.settings,
      workerId: this.identity.workerId,
      metrics: this.metrics,
      stopping: this.stopping.signal,
      interruption: this.interruption.signal,
    };
    for (let failures = 0; !this.stopping.signal.aborted; ) {
      try {
        const task = await this.polls.take(() => this.activity.poll(this.stopping.signal));
        failures = 0;
        this.connected = true;
        if (task) await performTask(task, context);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        // Refused for other workers' polls: all that this one needs is there.
        if (error instanceof ActivityWorkerLimitExceeded) this.connected = true;
        if (!this.connected && performance.now() - this.startedAt > CONNECT_MILLISECONDS) throw error;
        log.warn('Polling failed, trying again', describeError(error));
        await backOff(failures, this.stopping.signal).catch(() => {});
        failures += 1;
      }
    }
  }
}

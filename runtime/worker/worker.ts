/**
 * The worker: every free slot polls, as far as polls in flight are allowed, performs the task it got, and polls again.
 *
 * Its states, in order; each is said in the log when the worker enters it:
 *
 * - **starting**: the slots poll, and no poll was answered yet. After a minute without an answer the worker ends: one that
 *   only seems to run would keep its instance, and an execution waiting, for nothing. ECS reports that, and tries another.
 * - **working**: a poll was answered, so activity, rights and network are there. Tasks are performed.
 * - **draining**: the worker was told to stop, in whichever state. No slot polls any more. Tasks in hand may finish.
 * - **stopping**: no task is in hand any more, or the grace period is over. The worker hands back the tasks that are still in
 *   slots. It has stopped when all are reported.
 */
import { setMaxListeners } from 'node:events';
import { ActivityWorkerLimitExceeded } from '@aws-sdk/client-sfn';
import pLimit from 'p-limit';
import { INTERRUPTED_ERROR } from '../errors';
import { describeError, type LogFields, log } from '../log';
import type { ActivityClient } from './activity';
import { backOff } from './backoff';
import type { Metrics } from './metrics';
import type { Settings } from './settings';
import type { Slots } from './supervisor/slots';
import { TaskError } from './task-error';
import { runTask } from './tasks/run-task';
import { Turns } from './tasks/turns';

export type WorkerState = 'starting' | 'working' | 'draining' | 'stopping';

const SAID: Record<WorkerState, string> = {
  starting: 'Worker started',
  working: 'Worker connected',
  draining: 'Worker draining',
  stopping: 'Worker stopping',
};

const MAX_STARTING_SECONDS = 60;

export interface WorkerParts {
  workerId: string;
  activity: ActivityClient;
  slots: Slots;
  metrics: Metrics;
}

export class Worker {
  private state: WorkerState = 'starting';
  /** Aborted when the worker leaves `working`: no more polls. */
  private readonly draining = new AbortController();
  /** Aborted at the end of the grace period: what is still in a slot is handed back. */
  private readonly interruption = new AbortController();
  private readonly turns = new Turns();
  private slots: Promise<unknown> = Promise.resolve();
  private stopped?: Promise<void>;
  private readonly startedAt = performance.now();

  constructor(
    private readonly settings: Settings,
    private readonly parts: WorkerParts,
  ) {
    // Every poll and every task in hand listens to it.
    setMaxListeners(0, this.draining.signal);
  }

  /** Works until `stop`. Rejects if no poll is answered while the worker is `starting`. */
  async run(): Promise<void> {
    const { slots, polls } = this.settings;
    this.enter('starting', { slots });
    const limitPolls = pLimit(polls);
    const poll = () =>
      limitPolls(async () => {
        await this.turns.open(this.draining.signal);
        return this.parts.activity.poll(this.draining.signal);
      });
    this.slots = Promise.all(Array.from({ length: slots }, () => this.runSlot(poll)));
    await this.slots;
  }

  /** Drains and stops; resolves when all is reported. A second call ends the grace period. `reason`: for the log. */
  stop(reason: LogFields): Promise<void> {
    if (this.stopped) this.interrupt();
    this.stopped ??= this.drain(reason);
    return this.stopped;
  }

  private async drain(reason: LogFields): Promise<void> {
    const { graceSeconds } = this.settings;
    this.enter('draining', { ...reason, grace_seconds: graceSeconds });
    this.draining.abort();
    const grace = setTimeout(() => this.interrupt(), graceSeconds * 1000);
    // Where polling fails for good, `run` says so.
    await Promise.allSettled([this.slots]);
    clearTimeout(grace);
    this.interrupt();
    const { slots, activity, metrics } = this.parts;
    await slots.close();
    activity.close();
    metrics.close();
    log.info('Worker stopped', { worker_id: this.parts.workerId });
  }

  private interrupt(): void {
    if (this.interruption.signal.aborted) return;
    this.enter('stopping');
    const message = 'the worker was told to stop; another takes the task';
    this.interruption.abort(new TaskError(INTERRUPTED_ERROR, message));
  }

  private enter(state: WorkerState, fields: LogFields = {}): void {
    this.state = state;
    log.info(SAID[state], { worker_id: this.parts.workerId, state, ...fields });
  }

  private connected(): void {
    if (this.state === 'starting') this.enter('working');
  }

  private async runSlot(poll: () => ReturnType<ActivityClient['poll']>): Promise<void> {
    const { workerId, activity, slots, metrics } = this.parts;
    const context = {
      activity,
      metrics,
      workerId,
      heartbeatIntervalSeconds: this.settings.heartbeatIntervalSeconds,
      open: slots.open.bind(slots),
      turns: this.turns,
      draining: this.draining.signal,
      interruption: this.interruption.signal,
    };
    for (let failures = 0; !this.draining.signal.aborted; ) {
      try {
        const task = await poll();
        failures = 0;
        this.connected();
        if (task) await runTask(task, context);
      } catch (error) {
        if (this.draining.signal.aborted) return;
        // Refused for other workers' polls: all that this one needs is there.
        if (error instanceof ActivityWorkerLimitExceeded) this.connected();
        const seconds = (performance.now() - this.startedAt) / 1000;
        if (this.state === 'starting' && seconds >= MAX_STARTING_SECONDS) throw error;
        log.warn('Polling failed, trying again', describeError(error));
        await backOff(failures, this.draining.signal).catch(() => {});
        failures += 1;
      }
    }
  }
}

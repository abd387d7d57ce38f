/**
 * The worker: it polls for its free slots, performs the tasks that it gets, and polls again.
 *
 * Its states, in order; each is said in the log when the worker enters it:
 *
 * - **starting**: no poll was answered yet. After a minute without an answer the worker ends: one that only seems to run would
 *   keep its instance, and an execution waiting, for nothing. ECS reports that, and tries another.
 * - **working**: a poll was answered, so activity, rights and network are there. Tasks are performed.
 * - **draining**: the worker was told to stop, in whichever state. It opens no poll any more. Open polls end by themselves, and
 *   what they bring is handed back at once. Tasks in hand may finish.
 * - **stopping**: no poll is open and no task in hand any more, or the grace period is over. The worker cuts off the polls that are
 *   still open, and hands back the tasks that are still in slots. It has stopped when all are reported.
 */
import { setMaxListeners } from 'node:events';
import { INTERRUPTED_ERROR } from '../errors';
import { type LogFields, log } from '../log';
import type { ActivityClient, ActivityTask } from './activity';
import type { Metrics } from './metrics';
import { Polls } from './polls';
import type { Settings } from './settings';
import type { Slots } from './supervisor/slots';
import { TaskError } from './task-error';
import { runTask } from './tasks/run-task';
import { SlotAssigner } from './tasks/slot-assigner';

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
  /** Aborted when the worker leaves `working`. */
  private readonly draining = new AbortController();
  /** Aborted at the end of the grace period: open polls are cut off, and what is still in a slot is handed back. */
  private readonly interruption = new AbortController();
  private readonly slotAssigner: SlotAssigner;
  private readonly polls: Polls;
  /** In hand, with those that are being handed back. */
  private readonly tasks = new Set<Promise<void>>();
  private stopped?: Promise<void>;
  private readonly startedAt = performance.now();

  constructor(
    private readonly settings: Settings,
    private readonly parts: WorkerParts,
  ) {
    const { activity, metrics } = parts;
    const { signal } = this.interruption;
    // Every poll and every task in hand listens to them.
    setMaxListeners(0, this.draining.signal, signal);
    this.slotAssigner = new SlotAssigner(settings.slots, {
      slotTaken: () => metrics.slotTaken(),
      taskEnding: () => this.polls.fill(),
      slotFreed: () => metrics.slotFreed(),
    });
    this.polls = new Polls({
      poll: () => activity.poll(signal),
      free: () => this.slotAssigner.free,
      take: (task) => this.take(task),
      connected: () => this.connected(),
      mayFail: () => this.state !== 'starting' || this.secondsSinceStart < MAX_STARTING_SECONDS,
    });
  }

  /** Works until `stop`. Rejects if no poll is answered while the worker is `starting`. */
  run(): Promise<void> {
    this.enter('starting', { slots: this.settings.slots });
    this.polls.fill();
    void this.parts.slots.prepare();
    return this.polls.ended;
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
    this.slotAssigner.close();
    this.polls.stop();
    const grace = setTimeout(() => this.interrupt(), graceSeconds * 1000);
    // If polling fails for good, `run` says so.
    await Promise.allSettled([this.polls.ended]);
    await Promise.all(this.tasks);
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

  private get secondsSinceStart(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  private take(task: ActivityTask): void {
    const { workerId, activity, slots, metrics } = this.parts;
    const running = runTask(task, {
      activity,
      metrics,
      workerId,
      heartbeatIntervalSeconds: this.settings.heartbeatIntervalSeconds,
      open: slots.open.bind(slots),
      slotAssigner: this.slotAssigner,
      draining: this.draining.signal,
      interruption: this.interruption.signal,
    }).finally(() => {
      this.tasks.delete(running);
      this.polls.fill();
    });
    this.tasks.add(running);
  }
}

/**
 * Activities: a queue of tasks each, that workers take by long poll. A token is handed out once; what becomes of its
 * task after that is up to the worker's SendTask* and the task's two clocks, which start when a worker takes it.
 */
import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { type RequestContext, ServiceError } from '../../../core/service';
import { StatesError } from '../language/errors';
import type { Json } from '../language/json';
import { after } from '../time/timers';

/** A task that a state schedules on an activity. */
export interface ActivityRequest {
  /** The task's input as JSON text. */
  input: string;
  timeoutSeconds?: number;
  heartbeatSeconds?: number;
  /** Calls back, with the reason, when the task is to be taken away, from the queue or from its worker. Returns what takes that back. */
  whenCancelled(cancel: (reason: unknown) => void): () => void;
  started(workerName: string | undefined): void;
}

/** JSON text, and what it means. */
export interface ActivityOutput {
  text: string;
  value: Json;
}

interface Task {
  request: ActivityRequest;
  token: string;
  activity: Activity;
  stopTimeout(): void;
  stopHeartbeat(): void;
  stopListening(): void;
  resolve(output: ActivityOutput): void;
  reject(error: unknown): void;
}

export interface Activity {
  activityArn: string;
  name: string;
  creationDate: Date;
  queue: Set<Task>;
  /** Those who wait for a task, the longest waiting first. */
  polls: Set<(task?: Task) => void>;
}

/** Source: Developer Guide, "Service quotas", Quotas related to activities: pollers per ARN. */
const MAX_POLLERS = 1_000;
const CLOSING_POLL_SECONDS = 0.2;
const nothing = () => undefined;

export class Activities {
  readonly byArn = new Map<string, Activity>();
  /** Tasks in a queue or with a worker, by token. */
  private readonly open = new Map<string, Task>();
  private readonly secret = randomBytes(32).toString('base64url');

  /** `pollSeconds`: how long a poll waits for a task. */
  constructor(private pollSeconds: number) {}

  create(activityArn: string, name: string): Activity {
    const activity = {
      activityArn,
      name,
      creationDate: new Date(),
      queue: new Set<Task>(),
      polls: new Set<never>(),
    };
    this.byArn.set(activityArn, activity);
    return activity;
  }

  find(activityArn: string): Activity {
    const activity = this.byArn.get(activityArn);
    if (activity) return activity;
    throw new ServiceError('ActivityDoesNotExist', `Activity Does Not Exist: '${activityArn}'`);
  }

  /** Resolves with the worker's output; rejects with its failure, a timeout, or the reason of who cancels it. */
  schedule(activity: Activity, request: ActivityRequest): Promise<ActivityOutput> {
    return new Promise<ActivityOutput>((resolve, reject) => {
      const task: Task = {
        request,
        token: this.newToken(),
        activity,
        stopTimeout: nothing,
        stopHeartbeat: nothing,
        stopListening: request.whenCancelled((reason) => this.settle(task)?.reject(reason)),
        resolve,
        reject,
      };
      this.open.set(task.token, task);
      const [poll] = activity.polls;
      if (poll) poll(task);
      else activity.queue.add(task);
    });
  }

  /**
   * The next task, or undefined when none came within the poll's time or the caller hung up. Only a poll that waits reads the signal,
   * which is made for who reads it.
   */
  poll(
    activity: Activity,
    workerName: string | undefined,
    context: Pick<RequestContext, 'signal'>,
  ): Promise<Task | undefined> {
    const [waiting] = activity.queue;
    if (waiting) return Promise.resolve(this.handOut(waiting, workerName));
    if (activity.polls.size >= MAX_POLLERS) {
      const why = 'The maximum number of workers concurrently polling for activity tasks has been reached.';
      throw new ServiceError('ActivityWorkerLimitExceeded', why);
    }
    const { signal } = context;
    return new Promise((resolve) => {
      const end = (task?: Task) => {
        cancel();
        signal.removeEventListener('abort', hungUp);
        activity.polls.delete(end);
        resolve(task && this.handOut(task, workerName));
      };
      const hungUp = () => end();
      const cancel = after(this.pollSeconds * 1_000, hungUp);
      signal.addEventListener('abort', hungUp, { once: true });
      activity.polls.add(end);
    });
  }

  private handOut(task: Task, workerName: string | undefined): Task | undefined {
    task.activity.queue.delete(task);
    try {
      task.request.started(workerName);
    } catch (error) {
      // The history of its execution is full.
      this.settle(task)?.reject(error);
      return undefined;
    }
    task.stopTimeout = this.clock(task, task.request.timeoutSeconds, 'States.Timeout');
    this.restartHeartbeat(task);
    return task;
  }

  private restartHeartbeat(task: Task): void {
    task.stopHeartbeat();
    task.stopHeartbeat = this.clock(task, task.request.heartbeatSeconds, 'States.HeartbeatTimeout');
  }

  private clock(task: Task, seconds: number | undefined, error: string): () => void {
    if (seconds === undefined) return nothing;
    return after(seconds * 1_000, () => this.settle(task)?.reject(new StatesError(error)));
  }

  heartbeat(token: string): void {
    this.restartHeartbeat(this.take(token));
  }

  succeed(token: string, output: ActivityOutput): void {
    this.settle(this.take(token))?.resolve(output);
  }

  fail(token: string, error?: string, cause?: string): void {
    this.settle(this.take(token))?.reject(new StatesError(error, cause));
  }

  delete(activityArn: string): void {
    const queue = this.byArn.get(activityArn)?.queue ?? [];
    this.byArn.delete(activityArn);
    const deleted = new StatesError('ActivityDoesNotExist', `The activity ${activityArn} was deleted`);
    for (const task of queue) this.settle(task)?.reject(deleted);
  }

  /** Ends every long poll, and soon those that come after it: a worker that is told to stop waits for its own. */
  close(): void {
    this.pollSeconds = Math.min(this.pollSeconds, CLOSING_POLL_SECONDS);
    for (const { polls } of this.byArn.values()) for (const end of polls) end();
  }

  /** The task of a worker's token. A token that is genuine but not open belongs to a task that is over. */
  private take(token: string): Task {
    const task = this.open.get(token);
    if (task && !task.activity.queue.has(task)) return task;
    const [nonce = '', mac = ''] = token.split('.');
    if (!/^[\w-]{43}$/.test(mac)) throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
    if (timingSafeEqual(Buffer.from(mac), Buffer.from(this.mac(nonce)))) {
      throw new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    throw new ServiceError('TaskDoesNotExist', "Task Does Not Exist: 'The task is not one of this service'");
  }

  /** Closes a task, once: undefined if it is closed already. */
  private settle(task: Task): Task | undefined {
    if (!this.open.delete(task.token)) return undefined;
    task.activity.queue.delete(task);
    task.stopListening();
    task.stopTimeout();
    task.stopHeartbeat();
    return task;
  }

  /** Signed, so that tokens of finished tasks are known without being kept. */
  private newToken(): string {
    const nonce = randomUUID();
    return `${nonce}.${this.mac(nonce)}`;
  }

  private mac(nonce: string): string {
    // The secret on both sides, so that nobody who knows one hash can extend it to that of a longer nonce.
    return hash('sha256', `${this.secret}${nonce}${this.secret}`, 'base64url');
  }
}

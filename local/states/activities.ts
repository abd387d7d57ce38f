/**
 * Activities: a queue of tasks each, that workers take by long poll. A token is handed out once; what becomes of its
 * task after that is up to the worker's SendTask* and the task's two clocks, which start when a worker takes it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../service';
import { StatesError } from './errors';
import { after } from './timers';

/** What a state schedules on an activity. */
export interface ActivityRequest {
  /** The task's input as JSON text. */
  input: string;
  timeoutSeconds?: number;
  heartbeatSeconds?: number;
  /** Takes the task away, from the queue or from its worker. */
  signal: AbortSignal;
  started(workerName: string | undefined): void;
}

interface Task extends ActivityRequest {
  token: string;
  activity: Activity;
  stopClocks(): void;
  restartHeartbeat(): void;
  resolve(output: string): void;
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

export class Activities {
  readonly byArn = new Map<string, Activity>();
  /** Tasks in a queue or with a worker, by token. */
  private readonly open = new Map<string, Task>();
  private readonly secret = randomBytes(32);

  constructor(private readonly pollSeconds: number) {}

  create(activityArn: string, name: string): Activity {
    const activity: Activity = {
      activityArn,
      name,
      creationDate: new Date(),
      queue: new Set(),
      polls: new Set(),
    };
    this.byArn.set(activityArn, activity);
    return activity;
  }

  find(activityArn: string): Activity {
    const activity = this.byArn.get(activityArn);
    if (activity) return activity;
    throw new ServiceError('ActivityDoesNotExist', `Activity Does Not Exist: '${activityArn}'`);
  }

  /** Resolves with the worker's output (JSON text); rejects with its failure, a timeout, or the signal's reason. */
  schedule(activity: Activity, request: ActivityRequest): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      const aborted = () => this.settle(task)?.reject(request.signal.reason);
      const task: Task = {
        ...request,
        token: this.newToken(),
        activity,
        stopClocks: () => request.signal.removeEventListener('abort', aborted),
        restartHeartbeat: () => undefined,
        resolve,
        reject,
      };
      request.signal.addEventListener('abort', aborted, { once: true });
      this.open.set(task.token, task);
      const [poll] = activity.polls;
      if (poll) {
        activity.polls.delete(poll);
        poll(task);
      } else activity.queue.add(task);
    });
  }

  /** The next task, or undefined when none came within the poll's time or the caller hung up. */
  async poll(
    activity: Activity,
    workerName: string | undefined,
    signal: AbortSignal,
  ): Promise<Task | undefined> {
    while (!signal.aborted) {
      const task = activity.queue.values().next().value ?? (await this.waitForTask(activity, signal));
      if (!task) return undefined;
      // What was handed over a moment ago may have been taken away since.
      if (!this.open.has(task.token)) continue;
      activity.queue.delete(task);
      this.startClocks(task);
      task.started(workerName);
      return task;
    }
    return undefined;
  }

  private waitForTask(activity: Activity, signal: AbortSignal): Promise<Task | undefined> {
    return new Promise((resolve) => {
      const end = (task?: Task) => {
        cancel();
        signal.removeEventListener('abort', hungUp);
        activity.polls.delete(end);
        resolve(task);
      };
      const hungUp = () => end();
      const cancel = after(this.pollSeconds * 1_000, hungUp);
      signal.addEventListener('abort', hungUp, { once: true });
      activity.polls.add(end);
    });
  }

  private startClocks(task: Task): void {
    const { timeoutSeconds, heartbeatSeconds } = task;
    const expire = (error: string) => this.settle(task)?.reject(new StatesError(error, ''));
    const none = () => undefined;
    const timeout = timeoutSeconds ? after(timeoutSeconds * 1_000, () => expire('States.Timeout')) : none;
    const beat = () =>
      heartbeatSeconds ? after(heartbeatSeconds * 1_000, () => expire('States.HeartbeatTimeout')) : none;
    let heartbeat = beat();
    const unlisten = task.stopClocks;
    task.restartHeartbeat = () => {
      heartbeat();
      heartbeat = beat();
    };
    task.stopClocks = () => {
      unlisten();
      timeout();
      heartbeat();
    };
  }

  heartbeat(token: string): void {
    this.take(token).restartHeartbeat();
  }

  succeed(token: string, output: string): void {
    this.settle(this.take(token))?.resolve(output);
  }

  fail(token: string, error: string | undefined, cause: string | undefined): void {
    this.settle(this.take(token))?.reject(new StatesError(error ?? 'States.TaskFailed', cause ?? ''));
  }

  delete(activityArn: string): void {
    const activity = this.byArn.get(activityArn);
    if (!activity) return;
    this.byArn.delete(activityArn);
    for (const task of activity.queue) {
      this.settle(task)?.reject(
        new StatesError('ActivityDoesNotExist', `The activity ${activityArn} was deleted`),
      );
    }
  }

  /** Ends every long poll. */
  close(): void {
    for (const { polls } of this.byArn.values()) {
      for (const end of polls) end();
    }
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
    task.stopClocks();
    return task;
  }

  /** Signed, so that tokens of finished tasks are known without being kept. */
  private newToken(): string {
    const nonce = randomBytes(24).toString('base64url');
    return `${nonce}.${this.mac(nonce)}`;
  }

  private mac(nonce: string): string {
    return createHmac('sha256', this.secret).update(nonce).digest('base64url');
  }
}

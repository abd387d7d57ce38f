/** The worker's side of a Step Functions activity: poll, heartbeat, report. */
import {
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { describeError, log } from '../log';
import { backOff } from './backoff';

export interface ActivityTask {
  token: string;
  /** JSON */
  input: string;
}

/** `SendTaskFailure` allows 256 characters of error and 32,768 of cause: what is longer is cut. */
export interface Failure {
  error: string;
  cause: string;
}

/** Step Functions has given the task up, or never knew it: nothing that is said of it counts any more. */
const GONE = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);
/** What is reported is not acceptable, however often it is. */
const REFUSED = new Set(['InvalidOutput', 'ValidationException']);

export class ActivityClient {
  /** GetActivityTask is held for up to 60 s; one try each, since the poller has its own backoff. */
  private readonly polling: SFNClient;
  private readonly reporting: SFNClient;

  constructor(
    private readonly activityArn: string,
    private readonly workerName: string,
    pollsInFlight: number,
  ) {
    this.polling = new SFNClient({
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: 5_000,
        requestTimeout: 70_000,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: pollsInFlight + 1 },
        httpsAgent: { maxSockets: pollsInFlight + 1 },
      },
    });
    this.reporting = new SFNClient({
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    });
  }

  /** One long poll. Undefined if there was no task. */
  async poll(signal: AbortSignal): Promise<ActivityTask | undefined> {
    const command = new GetActivityTaskCommand({
      activityArn: this.activityArn,
      workerName: this.workerName,
    });
    const { taskToken, input } = await this.polling.send(command, { abortSignal: signal });
    return taskToken ? { token: taskToken, input: input ?? '' } : undefined;
  }

  /** False if Step Functions has given the task up. A heartbeat that got lost is made up for by the next. */
  async heartbeat(taskToken: string): Promise<boolean> {
    try {
      await this.reporting.send(new SendTaskHeartbeatCommand({ taskToken }));
    } catch (error) {
      if (isGone(error)) return false;
      log.warn('Heartbeat failed', describeError(error));
    }
    return true;
  }

  succeed(taskToken: string, output: string, signal: AbortSignal): Promise<boolean> {
    return this.report(() => this.reporting.send(new SendTaskSuccessCommand({ taskToken, output })), signal);
  }

  fail(taskToken: string, failure: Failure, signal: AbortSignal): Promise<boolean> {
    const error = failure.error.slice(0, 256);
    const cause = failure.cause.slice(0, 32_768);
    const command = () => new SendTaskFailureCommand({ taskToken, error, cause });
    return this.report(() => this.reporting.send(command()), signal);
  }

  /** Reports until accepted (true) or until the task is given up (false). Throws when aborted, or when the report is refused. */
  private async report(send: () => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await send();
        return true;
      } catch (error) {
        if (isGone(error)) return false;
        if (error instanceof Error && REFUSED.has(error.name)) throw error;
        log.warn('Report failed, trying again', describeError(error));
        await backOff(attempt, signal);
      }
    }
  }

  close(): void {
    this.polling.destroy();
    this.reporting.destroy();
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && GONE.has(error.name);
}

/** The worker's side of a Step Functions activity: poll, heartbeat, report. */
import type { IncomingMessage } from 'node:http';
import {
  GetActivityTaskCommand,
  type GetActivityTaskCommandOutput,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { type DirectRequest, DirectRequests } from '../aws/direct-requests';
import { RequestHandler } from '../aws/request-handler';
import { describeError, log } from '../log';
import { backOff } from './backoff';
import { MAX_CAUSE_CHARACTERS, type TaskReport } from './tasks/report';

export interface ActivityTask {
  token: string;
  /** JSON */
  input: string;
}

/** Step Functions has given the task up, or never knew it: no report about it counts any more. */
const GONE = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);
/** Step Functions never accepts this report, so the worker does not send it again. */
const UNACCEPTABLE = new Set(['InvalidOutput', 'ValidationException']);

export class ActivityClient {
  /** GetActivityTask is held for up to 60 s; one try each, since the poller has its own backoff. */
  private readonly polling: SFNClient;
  private readonly reporting: SFNClient;
  private readonly directPolling: DirectRequests;
  private readonly directReporting: DirectRequests;

  constructor(
    private readonly activityArn: string,
    private readonly workerName: string,
    pollsInFlight: number,
  ) {
    const agent = { maxSockets: pollsInFlight + 1 };
    this.polling = new SFNClient({
      maxAttempts: 1,
      requestHandler: new RequestHandler({
        connectionTimeout: 5_000,
        requestTimeout: 70_000,
        // For an answer that stops arriving.
        socketTimeout: 70_000,
        throwOnRequestTimeout: true,
        httpAgent: agent,
        httpsAgent: agent,
      }),
    });
    this.reporting = new SFNClient({
      maxAttempts: 3,
      requestHandler: new RequestHandler({
        connectionTimeout: 5_000,
        requestTimeout: 10_000,
        throwOnRequestTimeout: true,
      }),
    });
    const direct = { service: 'states', command: GetActivityTaskCommand };
    this.directPolling = new DirectRequests({ ...direct, config: this.polling.config });
    this.directReporting = new DirectRequests({ ...direct, config: this.reporting.config });
  }

  /** One long poll. Undefined if there was no task. */
  async poll(signal: AbortSignal): Promise<ActivityTask | undefined> {
    const { activityArn, workerName } = this;
    const question = { activityArn, workerName };
    const answer = await this.directPolling.send(requestOf('GetActivityTask', question, signal));
    const { taskToken, input } = answer
      ? (JSON.parse(await textOf(answer.body)) as GetActivityTaskCommandOutput)
      : await this.polling.send(new GetActivityTaskCommand(question), { abortSignal: signal });
    return taskToken ? { token: taskToken, input: input ?? '' } : undefined;
  }

  /** False if Step Functions has given the task up. One that got lost does no harm: the next one counts. */
  async heartbeat(taskToken: string): Promise<boolean> {
    try {
      await this.reporting.send(new SendTaskHeartbeatCommand({ taskToken }));
    } catch (error) {
      if (isGone(error)) return false;
      log.warn('Heartbeat failed', describeError(error));
    }
    return true;
  }

  /**
   * Reports until accepted (true) or until Step Functions has given the task up (false). Throws when aborted, or when what
   * is reported is not acceptable.
   */
  async report(taskToken: string, report: TaskReport, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.send(taskToken, report);
        return true;
      } catch (error) {
        if (isGone(error)) return false;
        if (error instanceof Error && UNACCEPTABLE.has(error.name)) throw error;
        log.warn('Report failed, trying again', describeError(error));
        await backOff(attempt, signal);
      }
    }
  }

  private async send(taskToken: string, report: TaskReport): Promise<void> {
    if ('output' in report) {
      const success = { taskToken, output: report.output };
      const answer = await this.directReporting.sendRepeatable(requestOf('SendTaskSuccess', success));
      if (answer) answer.discard();
      else await this.reporting.send(new SendTaskSuccessCommand(success));
      return;
    }
    const { error, cause } = report;
    await this.reporting.send(
      new SendTaskFailureCommand({ taskToken, error, cause: cause.slice(0, MAX_CAUSE_CHARACTERS) }),
    );
  }

  close(): void {
    this.polling.destroy();
    this.reporting.destroy();
  }
}

/** https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
function requestOf(operation: string, input: object, signal?: AbortSignal): DirectRequest {
  return {
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${operation}`,
    },
    body: Buffer.from(JSON.stringify(input)),
    expected: [200],
    signal,
  };
}

/** With listeners alone: what Node.js has for this reads through an iterator, whose promises take longer than the rest of a poll. */
function textOf(body: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    body.setEncoding('utf8');
    body.on('data', (part: string) => {
      text += part;
    });
    body.on('end', () => resolve(text));
    body.on('error', reject);
  });
}

function isGone(error: unknown): boolean {
  return error instanceof Error && GONE.has(error.name);
}

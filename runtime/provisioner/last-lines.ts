/** The last lines that a worker wrote: why it ended, in its own words. */
import {
  type CloudWatchLogsClient,
  GetLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { describeError, log } from '../log';
import { workerLogStream } from '../worker-log';

/** A stack trace and what was said before it fit. */
const READ_LINES = 50;
const SHOWN_LINES = 5;
const SHOWN_CHARACTERS = 300;

/** Empty if the worker wrote nothing, or its log cannot be read: what is known besides must not be lost. */
export async function readLastLines(
  logs: CloudWatchLogsClient,
  logGroupName: string,
  taskArn: string,
): Promise<string[]> {
  const logStreamName = workerLogStream(taskArn);
  try {
    const command = new GetLogEventsCommand({ logGroupName, logStreamName, limit: READ_LINES });
    const { events = [] } = await logs.send(command);
    return lastLines(events.map(({ message = '' }) => message));
  } catch (error) {
    // A container that was never started has no stream.
    if (!(error instanceof ResourceNotFoundException))
      log.warn('The log of a worker cannot be read', { log_stream: logStreamName, ...describeError(error) });
    return [];
  }
}

/** Those of a worker's last lines that say why it ended: from the last error on, else the last ones. */
export function lastLines(messages: readonly string[]): string[] {
  const lines = messages.map(readLine).filter(({ text }) => text !== '');
  const error = lines.findLastIndex(({ isError }) => isError);
  const shown = error < 0 ? lines.slice(-SHOWN_LINES) : lines.slice(error, error + SHOWN_LINES);
  return shown.map(({ text }) =>
    text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text,
  );
}

/** `TypeError: x is not a function`, also with a code: `Error [ERR_X]: …` */
const ERROR = /^(Uncaught )?\w*(Error|Exception)( \[\w+\])?: /;

/** A worker writes JSON, Node.js text. */
function readLine(message: string): { text: string; isError: boolean } {
  const text = message.trimEnd();
  const fields = text.startsWith('{') ? parseJson(text) : undefined;
  if (!fields) return { text, isError: ERROR.test(text) };
  // Metrics have no message.
  const said = [fields.message, fields.error, fields.cause].filter(
    (each) => typeof each === 'string' && each,
  );
  return { text: said.join(': '), isError: fields.level === 'error' };
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

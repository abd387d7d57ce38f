/** The message about the end of an execution: plain text, for people. It names no object, since keys can be personal data. */
import type { ObjectCounts } from '../map-run';
import { retryCommand } from '../retry-command';
import { quote } from '../shell-word';
import { describeCost } from './cost';
import type { EndedExecution } from './ended-execution';
import type { Settings } from './settings';

export interface Message {
  /** As SNS takes it: fewer than 100 ASCII characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
  subject: string;
  text: string;
}

const MAX_SUBJECT = 99;
/** Characters of a cause: Step Functions keeps up to 32,768. */
const MAX_CAUSE = 1000;
/** The SDK cannot send half of a surrogate pair, and a control character garbles a mail. */
const UNSENDABLE = /\p{Cs}|(?![\t\n\r])\p{Cc}/gu;

export function messageOf(ended: EndedExecution, settings: Settings): Message {
  const { name, status } = ended;
  const subject = `${settings.DEPLOYMENT}: ${status}${headline(ended)} (${name})`;
  const text = [
    `The execution ${name} of ${settings.DEPLOYMENT} ended: ${status}.`,
    '',
    ...table(rowsOf(ended, settings)),
    '',
    ...table(placesOf(ended, settings)),
    ...hintsOf(ended),
  ];
  return {
    subject: asciiOf(subject).slice(0, MAX_SUBJECT),
    text: `${text.join('\n').replace(UNSENDABLE, '\ufffd')}\n`,
  };
}

function headline({ mapRun, status }: EndedExecution): string {
  if (!mapRun) return status === 'SUCCEEDED' ? ', nothing selected' : '';
  const { succeeded, failed, pending } = mapRun.counts;
  return [
    `, ${count(succeeded)} done`,
    failed && `, ${count(failed)} failed`,
    pending && `, ${count(pending)} not done`,
  ]
    .filter(Boolean)
    .join('');
}

type Row = [string, string];

function rowsOf(ended: EndedExecution, { INSTANCES, AWS_REGION }: Settings): Row[] {
  const { status, mapRun, startedAt, endedAt, redriveCount, input, error, cause } = ended;
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  const cost =
    input && mapRun && describeCost({ input, counts: mapRun.counts, seconds }, INSTANCES, AWS_REGION);
  return [
    ...(mapRun ? countRows(mapRun.counts) : ([['Objects', describeNone(status)]] satisfies Row[])),
    ['Minutes', `${(seconds / 60).toFixed(1)}${redriveCount > 0 ? ', since it was redriven' : ''}`],
    // Anybody may start an execution with any input.
    ...(Number.isInteger(input?.worker_count) && (mapRun || status !== 'SUCCEEDED')
      ? ([['Workers', String(input?.worker_count)]] satisfies Row[])
      : []),
    ...(cost ? ([['Cost', cost]] satisfies Row[]) : []),
    ['Started', minuteOf(startedAt)],
    ['Ended', minuteOf(endedAt)],
    ...(error ? ([['Error', shorten(error)]] satisfies Row[]) : []),
    ...(cause ? ([['Cause', shorten(cause)]] satisfies Row[]) : []),
  ];
}

/** Without a Map Run. The workflow leaves the map out if there is nothing to process. */
function describeNone(status: string): string {
  return status === 'SUCCEEDED' ? 'none: nothing was selected' : 'none: it ended before its map';
}

function countRows({ total, succeeded, failed, pending }: ObjectCounts): Row[] {
  return [
    ['Objects', count(total)],
    ['  done', count(succeeded)],
    ['  failed', count(failed)],
    ...(pending > 0 ? ([['  not done', count(pending)]] satisfies Row[]) : []),
  ];
}

function placesOf(
  { arn, name, mapRun, input }: EndedExecution,
  { RESULTS_URL, CONSOLE_URL }: Settings,
): Row[] {
  if (!mapRun) return [['Console', `${CONSOLE_URL}${arn}`]];
  const id = mapRun.arn.slice(mapRun.arn.lastIndexOf(':') + 1);
  const failed = mapRun.counts.failed > 0;
  return [
    ['Results', `${RESULTS_URL}${name}/${id}/`],
    ...(failed
      ? ([['Failures', `npx ts-node scripts/results.ts ${quote(name)} --failed`]] satisfies Row[])
      : []),
    ...(failed && input ? ([['Retry', retryCommand(name, input)]] satisfies Row[]) : []),
    ['Console', `${CONSOLE_URL}${arn}`],
  ];
}

function hintsOf({ mapRun, input }: EndedExecution): string[] {
  const { failed = 0, pending = 0 } = mapRun?.counts ?? {};
  return [
    ...(failed > 0 && (input?.batch_size ?? 1) > 1
      ? [
          '',
          'If one object of a task fails, all of its objects count as failed here. The results tell them apart.',
        ]
      : []),
    ...(pending > 0
      ? [
          '',
          input?.force
            ? 'The same input again processes all objects, also those that are done, because of `force`.'
            : 'Start the same input again for the objects that are not done: it skips the others.',
        ]
      : []),
  ];
}

function table(rows: Row[]): string[] {
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}`);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `2026-11-27 02:00 UTC` */
function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function shorten(text: string): string {
  return text.length > MAX_CAUSE ? `${text.slice(0, MAX_CAUSE)}…` : text;
}

function asciiOf(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}

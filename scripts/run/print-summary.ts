/** How a run ended, for people. */
import type { Results } from '../../client';
import type { Prediction } from '../../client/plan/saved-plan';
import type { Cost } from '../../runtime/cost/cost';
import { formatSize } from '../../runtime/selector/text/size';
import { formatCounts, formatDollars, formatSeconds } from '../cli/amounts';
import { oneLine } from '../cli/one-line';
import { print } from '../cli/terminal';
import { describeInjected } from '../local/fault-options';
import type { Target } from '../target/target';
import { describeCost } from './prices';
import type { Summary } from './summary';

const CHANGES: Record<keyof Results['madeAgain'], string> = {
  source: 'the object has changed',
  version: "the processor's version has changed",
  parameters: 'the parameters have changed',
  environment: "the processor's environment has changed",
  outputs: 'an output was missing',
};

function describeMadeAgain(madeAgain: Results['madeAgain']): string[] {
  const reasons = Object.entries(madeAgain) as [keyof typeof CHANGES, number][];
  return reasons.map(([reason, count]) => `${count} made again: ${CHANGES[reason]}`);
}

export function printSummary(target: Pick<Target, 'kind'>, summary: Summary): void {
  print(describeSummary(target, summary));
}

/** Lines: a table, then what deserves a line of its own. */
export function describeSummary(target: Pick<Target, 'kind'>, summary: Summary): string[] {
  const rows = [...countRows(summary), ...runRows(target, summary), ...placeRows(summary)];
  const { selection, made_again = {}, failures = [], slowest = [] } = summary;
  return [
    ...rows.map(([name, value]) => row(name, value)),
    ...(selection ? [selection] : []),
    ...describeMadeAgain(made_again),
    ...failures.map(({ error, count, example: { object_key, message, at } }) =>
      row('Failed', `${count} ${error}, such as ${object_key}: ${oneLine(message)}${at ? ` (${at})` : ''}`),
    ),
    ...slowest.map(({ object_key, seconds, bytes }) =>
      row('Slowest', `${seconds.toFixed(1)} s, ${formatSize(bytes)}: ${object_key}`),
    ),
  ];
}

type Row = [name: string, value: string];

const row = (name: string, value: string) => `${name.padEnd(12)} ${value}`;

function countRows({ status, objects, succeeded, skipped, failed, pending }: Summary): Row[] {
  return [
    ['Status', status],
    ['Objects', String(objects)],
    ['  succeeded', String(succeeded)],
    ['  skipped', String(skipped)],
    ['  failed', String(failed)],
    ...(pending > 0 ? [['  not done', String(pending)] as Row] : []),
  ];
}

function runRows(target: Pick<Target, 'kind'>, summary: Summary): Row[] {
  const { seconds, objects_per_second, cost, predicted, peak_memory_mib } = summary;
  const times = [
    ...(seconds >= 60 ? [formatSeconds(seconds)] : []),
    ...(predicted ? [`planned ${formatSeconds(predicted.seconds)}${onAws(target)}`] : []),
  ];
  return [
    ['Workers', describeWorkers(summary)],
    ['Seconds', `${seconds.toFixed(1)}${times.length > 0 ? ` (${times.join(', ')})` : ''}`],
    ['Objects/s', objects_per_second.toFixed(1)],
    ...(cost ? [['Cost', describeWholeCost(target, cost, predicted)] as Row] : []),
    ...describeRetries(summary),
    ...(peak_memory_mib === undefined ? [] : [['Memory', `at most ${peak_memory_mib} MiB in a slot`] as Row]),
  ];
}

const onAws = ({ kind }: Pick<Target, 'kind'>) => (kind === 'local' ? ' for AWS' : '');

function describeWholeCost(target: Pick<Target, 'kind'>, cost: Cost, predicted?: Prediction): string {
  const planned = predicted?.dollars === undefined ? '' : ` (planned ${formatDollars(predicted.dollars)})`;
  const without = cost.unpriced.length > 0 ? `, without ${cost.unpriced.join(', ')}` : '';
  return `${describeCost(target, cost.dollars)}${planned}, by ${cost.source}${without}`;
}

function describeRetries({ retries = {}, retried_objects = 0, interruptions = 0 }: Summary): Row[] {
  const parts = [
    Object.keys(retries).length > 0 && `attempts that failed: ${formatCounts(retries)}`,
    retried_objects > 0 && `objects with more than one attempt: ${retried_objects}`,
    interruptions > 0 && `tasks that were interrupted: ${interruptions}`,
  ].filter(Boolean);
  return parts.length > 0 ? [['Retries', parts.join('; ')]] : [];
}

function placeRows({ outputs, results, faults }: Summary): Row[] {
  return [
    ['Outputs', outputs],
    ...(results === undefined ? [] : [['Results', results] as Row]),
    ...(faults ? [['Faults', describeInjected(faults)] as Row] : []),
  ];
}

function describeWorkers({ workers, workers_running = workers, shortage }: Summary): string {
  const count = workers_running < workers ? `${workers_running} of ${workers}` : String(workers);
  return shortage ? `${count}: ${shortage}` : count;
}

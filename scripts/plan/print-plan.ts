/** A plan, for people. */

import { type Choice, dollarsOf } from '../../client/plan/choose';
import { type Estimate, type PlanBasis, slotSeconds } from '../../client/plan/estimate';
import type { Measurement } from '../../client/plan/measure';
import type { Cost } from '../../runtime/cost/cost';
import type { Prices } from '../../runtime/cost/prices';
import { formatSize } from '../../runtime/selector/text/size';
import { formatSeconds, formatSmallDollars } from '../cli/amounts';
import { print } from '../cli/terminal';

export interface Plan extends Choice {
  basis: PlanBasis;
  /** Objects whose size nobody knows. */
  withoutSize: number;
  measurement: Measurement;
  prices: Prices;
}

export function printPlan({ basis, withoutSize, measurement, prices, estimates, recommended }: Plan): void {
  const { objects, bytes, fleet } = basis;
  const size = withoutSize > 0 ? 'of unknown size' : formatSize(bytes);
  const { execution, objects: measured } = measurement;
  const way = fleet.spot ? 'Spot' : 'on demand';
  print([
    `Objects      ${objects}, ${size}`,
    `An object    ${Number(slotSeconds(basis).toPrecision(3))} s of a slot, by ${measured} objects of ${execution}`,
    `Instances    ${fleet.instanceType} in ${prices.region}, ${fleet.slotsPerWorker} slots each, ${way}`,
    `Prices       ${prices.source}`,
    '',
    ...tableLines(estimates, recommended),
  ]);
  if (!recommended) return;
  print(['', ...costLines(recommended, basis)]);
}

const HEADINGS = ['', 'workers', 'slots', 'batch size', 'time', 'on demand', 'Spot'];

/** Columns as wide as their widest cell, to the right. */
function tableLines(estimates: Estimate[], recommended: Estimate | undefined): string[] {
  const rows = estimates.map((each) => [
    each.workers === recommended?.workers ? '→' : '',
    String(each.workers),
    String(each.slots),
    String(each.batchSize),
    formatSeconds(each.seconds),
    dollars(each.onDemand),
    dollars(each.spot),
  ]);
  return align([HEADINGS, ...rows]);
}

/** What each line of the recommended row costs. */
function costLines({ workers, onDemand, spot }: Estimate, { fleet }: PlanBasis): string[] {
  const rows = onDemand.lines.map((line, index) => [
    line.name,
    `${amount(line.amount)} ${line.unit}`,
    lineDollars(onDemand, index),
    lineDollars(spot, index),
  ]);
  const sum = ['sum', '', dollars(onDemand), dollars(spot)];
  const { unpriced } = fleet.spot ? spot : onDemand;
  return [
    ...align(
      [[workers === 1 ? '1 worker' : `${workers} workers`, 'amount', 'on demand', 'Spot'], ...rows, sum],
      1,
    ),
    ...unpriced.map(
      (what) => `The price of ${what} is unknown: give credentials that may call pricing:GetProducts.`,
    ),
  ];
}

function lineDollars({ lines }: Cost, index: number): string {
  const found = lines[index]?.dollars;
  return found === undefined ? 'unknown' : formatSmallDollars(found);
}

function dollars({ dollars: sum, coversInstances }: Cost): string {
  return coversInstances ? formatSmallDollars(sum) : 'unknown';
}

function amount(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(2);
}

/** `left`: how many columns, from the first one, are aligned left. */
function align(rows: string[][], left = 0): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) =>
        column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Whether the plan is what the user wished for; else one line that says what is possible. */
export function shortfall({ basis, estimates, recommended }: Plan, goal: string): string | undefined {
  if (recommended) return undefined;
  const fastest = estimates.reduce((best, row) => (row.seconds < best.seconds ? row : best));
  const costs = estimates.flatMap((row) => dollarsOf(row, basis) ?? []);
  if (costs.length === 0)
    return `The price of ${basis.fleet.instanceType} is unknown: plan with --deadline or --workers.`;
  const { workers, seconds } = fastest;
  return `No number of workers up to ${basis.fleet.maxWorkers} meets ${goal}: the fastest run takes ${formatSeconds(seconds)} with ${workers} workers, and the cheapest costs ${formatSmallDollars(Math.min(...costs))}.`;
}

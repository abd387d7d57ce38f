/** How many workers a plan recommends: pure. */
import type { Prices } from '../../runtime/cost/prices';
import { type Estimate, estimate, type PlanBasis } from './estimate';

/** What the user wants: one of these, or a good ratio of time to cost. */
export interface Goal {
  workers?: number;
  deadlineSeconds?: number;
  budgetDollars?: number;
}

export interface Choice {
  /** Rows of the table, by workers, with the recommended one among them. */
  estimates: Estimate[];
  /** Undefined if no number of workers fulfils the goal. */
  recommended?: Estimate;
}

/** Without a goal, the recommended run costs at most this factor more than the cheapest one. */
const WORTH = 1.25;
/** Numbers of workers to try in each power of ten. */
const STEPS = [1, 2, 5];

/** As the deployment buys instances, Spot or on demand; undefined if nobody knows their price. */
export function dollarsOf({ onDemand, spot }: Estimate, { fleet }: PlanBasis): number | undefined {
  const cost = fleet.spot ? spot : onDemand;
  return cost.coversInstances ? cost.dollars : undefined;
}

/** Without prices, the time of the instances counts as the cost. */
function weight(row: Estimate, basis: PlanBasis): number {
  return dollarsOf(row, basis) ?? row.workers * row.seconds;
}

export function choose(basis: PlanBasis, goal: Goal, prices: Prices): Choice {
  const { objects, fleet } = basis;
  // More slots than objects change nothing.
  const useful = Math.max(1, Math.min(fleet.maxWorkers, Math.ceil(objects / fleet.slotsPerWorker)));
  const all = Array.from({ length: useful }, (_, index) => estimate(basis, index + 1, prices));
  const recommended =
    goal.workers === undefined
      ? recommend(all, basis, goal)
      : (all[goal.workers - 1] ?? estimate(basis, goal.workers, prices));
  const shown = all.filter(({ workers }) => isStep(workers) || workers === useful);
  const rows = new Map([...shown, ...(recommended ? [recommended] : [])].map((row) => [row.workers, row]));
  return { estimates: [...rows.values()].sort((a, b) => a.workers - b.workers), recommended };
}

function recommend(all: Estimate[], basis: PlanBasis, goal: Goal): Estimate | undefined {
  const { deadlineSeconds, budgetDollars } = goal;
  if (deadlineSeconds !== undefined) return all.find(({ seconds }) => seconds <= deadlineSeconds);
  const isAffordable = (row: Estimate) =>
    budgetDollars === undefined
      ? weight(row, basis) <= cheapest * WORTH
      : (dollarsOf(row, basis) ?? Number.POSITIVE_INFINITY) <= budgetDollars;
  const cheapest = Math.min(...all.map((row) => weight(row, basis)));
  const affordable = all.filter(isAffordable);
  // Of those that are equally fast, the fewest workers.
  return affordable.reduce<Estimate | undefined>(
    (best, row) => (best && best.seconds <= row.seconds ? best : row),
    undefined,
  );
}

/** 1, 2, 5, 10, 20, 50 … */
function isStep(workers: number): boolean {
  return STEPS.some((step) => /^1?0*$/.test(String(workers / step)));
}

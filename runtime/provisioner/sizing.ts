/**
 * The size of the fleet: a pure decision, which costs or saves instances. Growing is safe and happens at once. Shrinking
 * takes workers away from executions that a stale list may not show, so each event allows only what it can answer for.
 */
import type { ProvisionerEvent } from '../contract';
import type { Demand } from './demand';

export interface Sizing {
  event: ProvisionerEvent;
  demand: Pick<Demand, 'workers' | 'own' | 'complete'>;
  group: {
    /** The present desired capacity. */
    desired: number;
    /** The group's maximum size. */
    maximum: number;
  };
  /** The most workers that all executions together may have. */
  maxWorkers: number;
  /**
   * The demand of the pass before, if this pass checks a size that the same reconcile has just set: between its read and
   * its write another reconcile may have set the size for an execution that this one had not seen.
   */
  previous?: Pick<Demand, 'own'>;
}

/** Decides the desired capacity of the Auto Scaling group. */
export function desiredCapacity(sizing: Sizing): number {
  const { demand, group, maxWorkers } = sizing;
  const wanted = Math.min(demand.workers, capacityLimit(group.maximum, maxWorkers));
  return Math.max(wanted, group.desired - removable(sizing));
}

/** The most workers that there can be. */
export function capacityLimit(groupMaximum: number, maxWorkers: number): number {
  return Math.min(groupMaximum, maxWorkers);
}

/** Workers by which the group may shrink now; 0 or more. */
function removable({ event, demand, previous }: Sizing): number {
  // Its own execution may have ended meanwhile: then nobody else takes back what it was given.
  if (previous) return Math.max(0, previous.own - demand.own);
  if (!demand.complete || event.action === 'provision' || event.action === 'resume') return 0;
  if (event.action === 'deprovision') return event.worker_count ?? Number.POSITIVE_INFINITY;
  return Number.POSITIVE_INFINITY;
}

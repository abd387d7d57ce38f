/**
 * The size of the fleet: a pure function, which costs or saves instances. Growing is safe and happens at once. Shrinking
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
   * its write another reconcile may have set the size for an execution that this one had not seen, or for one that had ended.
   * `given`: workers by which it has grown the group; 0 if it has not.
   */
  previous?: Pick<Demand, 'own' | 'workers'> & { given: number };
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
  if (previous) {
    // An execution may have ended meanwhile, and its `deprovision` may be over. Then nobody else removes the workers
    // that it got too late.
    const own = previous.own - demand.own;
    const others = demand.complete ? Math.min(previous.given, previous.workers - demand.workers) : 0;
    return Math.max(0, own, others);
  }
  if (!demand.complete || event.action === 'provision' || event.action === 'resume') return 0;
  if (event.action === 'deprovision') return event.worker_count ?? Number.POSITIVE_INFINITY;
  return Number.POSITIVE_INFINITY;
}

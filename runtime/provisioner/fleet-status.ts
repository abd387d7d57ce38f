/** The provisioner's answer: a pure function of the data that it has read. */
import type { FleetStatus, ProvisionerEvent } from '../contract';
import type { Demand } from './demand';
import type { Group } from './group';

/** One pass of a reconcile. */
export interface Pass {
  demand: Pick<Demand, 'workers'>;
  /** As the pass found it. */
  group: Group;
  /** The desired capacity that the pass left. */
  desired: number;
}

/** The fleet, without a reason: as the first pass found it if the execution leaves it, else as the last pass left it. */
export function fleetStatus(event: ProvisionerEvent, first: Pass, last: Pass, running: number): FleetStatus {
  const leaves = event.action === 'deprovision';
  const { demand, group } = leaves ? first : last;
  return {
    needed: demand.workers + ((leaves && event.worker_count) || 0),
    desired: leaves ? first.group.desired : last.desired,
    in_service: group.inService,
    running,
    reason: '',
  };
}

/**
 * Why there are fewer instances than needed. `launchFailure`: why the group's latest launch failed; it explains nothing
 * if the group is as large as it can be (`limit`).
 */
export function shortage(
  { needed, in_service }: Pick<FleetStatus, 'needed' | 'in_service'>,
  limit: number,
  launchFailure: string,
): string {
  if (launchFailure && in_service < limit) return launchFailure;
  return needed > limit
    ? `The running executions need ${needed} workers, and the group has at most ${limit}`
    : '';
}

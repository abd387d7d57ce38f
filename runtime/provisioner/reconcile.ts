/**
 * Makes the fleet what the running executions need. Level-triggered and idempotent: it looks at what is, sets what
 * should be, and keeps nothing; calling it twice, late, or from two executions at once does no harm.
 */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Fleet, ProvisionerEvent } from '../contract';
import { log } from '../log';
import { type Demand, readDemand } from './demand';
import { type Group, launchFailure, readGroup, resizeGroup } from './group';
import { isReady } from './readiness';
import type { Settings } from './settings';
import { stopStranded } from './stranded';
import { countRunning } from './workers';

const retries = { maxAttempts: 5 };
const sfn = new SFNClient(retries);
const autoScaling = new AutoScalingClient(retries);
const ecs = new ECSClient(retries);

/** A size that was set is looked at again so often, should others set it at the same moment. */
const MOST_LOOKS = 5;

interface Look {
  demand: Demand;
  /** As it was found. */
  group: Group;
  /** The desired capacity that it has now. */
  desired: number;
}

/** Throws a ProvisioningError if workers for the execution of a `provision` event are not to be had. */
export async function reconcile(event: ProvisionerEvent, settings: Settings): Promise<Fleet> {
  const service = { cluster: settings.CLUSTER_NAME, service: settings.SERVICE_NAME };
  const running = await countRunning(ecs, service);
  const first = await adjust(event, settings, leastDesired(event));
  const latest = await confirm(event, first, settings);

  const leaves = event.action === 'deprovision';
  const { demand, group } = leaves ? first : latest;
  const needed = demand.workers + ((leaves && event.worker_count) || 0);
  const fleet: Fleet = {
    needed,
    desired: leaves ? group.desired : latest.desired,
    in_service: group.inService,
    running,
    reason: await shortage(needed, group, settings),
  };
  if (event.action === 'reconcile') await stopStranded(sfn, ecs, service, fleet, demand, settings);
  if (event.action !== 'provision') return fleet;
  const ready = demand.complete && (await isReady(ecs, service, fleet, event, settings));
  return { ...fleet, ready };
}

/** Sets the group to what is needed, and to no less than `least`. */
async function adjust(
  event: ProvisionerEvent,
  settings: Settings,
  least: (demand: Demand, group: Group) => number,
): Promise<Look> {
  const { STATE_MACHINE_ARN: stateMachineArn, MAX_WORKERS: maxWorkers } = settings;
  const demand = await readDemand(sfn, { stateMachineArn, maxWorkers }, event);
  const group = await readGroup(autoScaling, settings.AUTO_SCALING_GROUP_NAME);
  const desired = Math.max(
    Math.min(demand.workers, most(group, settings)),
    Math.min(least(demand, group), group.desired),
  );
  if (desired !== group.desired) {
    await resizeGroup(autoScaling, settings.AUTO_SCALING_GROUP_NAME, desired);
    log.info('Fleet resized', { from: group.desired, to: desired, demand, event });
  }
  return { demand, group, desired };
}

/** Below this the group must not shrink now, so that an execution that the list does not show yet keeps its workers. */
function leastDesired(event: ProvisionerEvent): (demand: Demand, group: Group) => number {
  return ({ complete }, group) => {
    if (!complete || event.action === 'provision' || event.action === 'resume') return group.desired;
    return event.action === 'deprovision' && event.worker_count !== undefined
      ? group.desired - event.worker_count
      : 0;
  };
}

/**
 * Between this reconcile's look and its setting, another one may have set the size for what this one had not seen, or the
 * execution may have ended. So who sets it looks again: whoever sets it last has then seen what the others saw. It adds
 * what is missing, and takes away no more than its own execution had.
 */
async function confirm(event: ProvisionerEvent, first: Look, settings: Settings): Promise<Look> {
  let latest = first;
  for (let looks = 1; latest.desired !== latest.group.desired && looks < MOST_LOOKS; looks++) {
    const { own } = latest.demand;
    latest = await adjust(event, settings, (demand, group) => group.desired - (own - demand.own));
  }
  return latest;
}

function most(group: Group, { MAX_WORKERS }: Settings): number {
  return Math.min(MAX_WORKERS, group.maximum);
}

/** Why fewer instances are there than needed. */
async function shortage(needed: number, group: Group, settings: Settings): Promise<string> {
  if (group.inService >= needed) return '';
  const maximum = most(group, settings);
  const failure =
    group.inService < maximum ? await launchFailure(autoScaling, settings.AUTO_SCALING_GROUP_NAME) : '';
  if (failure || needed <= maximum) return failure;
  return `The running executions need ${needed} workers, and the group has at most ${maximum}`;
}

/**
 * Makes the fleet what the running executions need. Level-triggered and idempotent: it looks at what is, sets what
 * should be, and keeps nothing; calling it twice, late, or from two executions at once does no harm.
 */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Fleet, ProvisionerEvent } from '../contract';
import type { PROVISIONING_ERRORS } from '../errors';
import { log } from '../log';
import { type Demand, readDemand } from './demand';
import { type Group, launchFailure, readGroup, resizeGroup } from './group';
import type { Settings } from './settings';
import { countRunning, readStartFailures } from './workers';

const retries = { maxAttempts: 5 };
const sfn = new SFNClient(retries);
const autoScaling = new AutoScalingClient(retries);
const ecs = new ECSClient(retries);

/** Workers that stop as soon as they start are given up after this many, or after this time since the first. */
const START_FAILURES = 3;
const START_FAILURE_SECONDS = 60;

/** An error by which the execution fails; its name is in the state machine's `Retry`. */
class ProvisioningError extends Error {
  constructor(
    override readonly name: (typeof PROVISIONING_ERRORS)[number],
    message: string,
  ) {
    super(message);
  }
}

/** Throws a ProvisioningError if workers for the execution of a `provision` event are not to be had. */
export async function reconcile(event: ProvisionerEvent, settings: Settings): Promise<Fleet> {
  const { STATE_MACHINE_ARN: stateMachineArn, MAX_WORKERS: maxWorkers } = settings;
  const demand = await readDemand(sfn, { stateMachineArn, maxWorkers }, knownFrom(event));
  const group = await readGroup(autoScaling, settings.AUTO_SCALING_GROUP_NAME);
  const needed = Math.min(demand.workers, maxWorkers, group.maximum);
  const desired = Math.max(needed, leastDesired(event, demand, group));
  if (desired !== group.desired) {
    await resizeGroup(autoScaling, settings.AUTO_SCALING_GROUP_NAME, desired);
    log.info('Fleet resized', { from: group.desired, to: desired, needed, event });
  }

  const running = await countRunning(ecs, serviceName(settings));
  const fleet: Fleet = {
    needed,
    desired,
    in_service: group.inService,
    running,
    ready: demand.complete && running > 0 && group.inService > 0,
    reason:
      group.inService < needed ? await launchFailure(autoScaling, settings.AUTO_SCALING_GROUP_NAME) : '',
  };
  if (event.action === 'provision' && !fleet.ready)
    await assertHope(new Date(event.started_at), fleet, settings);
  return fleet;
}

function knownFrom(event: ProvisionerEvent): Parameters<typeof readDemand>[2] {
  switch (event.action) {
    case 'provision':
      return { running: { executionArn: event.execution_arn, workerCount: event.worker_count } };
    case 'deprovision':
      return { ended: event.execution_arn };
    case 'reconcile':
      return {};
  }
}

/** Below this the group must not shrink now, so that an execution that the list does not show yet keeps its workers. */
function leastDesired(event: ProvisionerEvent, demand: Demand, group: Group): number {
  if (!demand.complete || event.action === 'provision') return group.desired;
  if (event.action === 'deprovision' && event.worker_count !== undefined)
    return group.desired - event.worker_count;
  return 0;
}

async function assertHope(startedAt: Date, fleet: Fleet, settings: Settings): Promise<void> {
  const failures =
    fleet.running === 0 ? await readStartFailures(ecs, serviceName(settings), startedAt) : undefined;
  if (failures) {
    const failingSeconds = (Date.now() - failures.firstAt.getTime()) / 1000;
    // A few of many may meet a hiccup that the next try does not.
    const enough = Math.max(START_FAILURES, fleet.in_service);
    if (failures.count >= enough || failingSeconds >= START_FAILURE_SECONDS) {
      throw new ProvisioningError('WorkersCannotStart', failures.reason);
    }
  }
  const waitedSeconds = (Date.now() - startedAt.getTime()) / 1000;
  if (waitedSeconds >= settings.PROVISION_TIMEOUT_SECONDS) {
    const reason = fleet.reason || failures?.reason || 'no reason is known';
    const message = `No worker runs after ${Math.round(waitedSeconds)} s (desired ${fleet.desired}, in service ${fleet.in_service}): ${reason}`;
    throw new ProvisioningError('ProvisionTimeout', message);
  }
}

function serviceName(settings: Settings) {
  return { cluster: settings.CLUSTER_NAME, service: settings.SERVICE_NAME };
}

/** Whether a map can start, or never will. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { Fleet, ProvisionerEvent } from '../contract';
import type { PROVISIONING_ERRORS } from '../errors';
import type { Settings } from './settings';
import {
  readRunningSince,
  readStopped,
  type ServiceName,
  type StartFailures,
  startFailures,
} from './workers';

/** Workers that stop as soon as they start are given up after this many, or after this time since the first. */
export const START_FAILURES = 3;
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

type Provision = Extract<ProvisionerEvent, { action: 'provision' }>;

/** True once a worker runs and stays; throws a ProvisioningError when there is no hope for one. */
export async function isReady(
  ecs: ECSClient,
  service: ServiceName,
  fleet: Fleet,
  event: Provision,
  settings: Settings,
): Promise<boolean> {
  const startedAt = new Date(event.started_at);
  const failures = startFailures(await readStopped(ecs, service), startedAt);
  if (fleet.running > 0 && fleet.in_service > 0) {
    const since = await readRunningSince(ecs, service);
    const bootSeconds = since ? (since.getTime() - startedAt.getTime()) / 1000 : 0;
    if (since && secondsSince(since) >= steadySeconds(bootSeconds, failures, settings)) return true;
  }
  if (failures) assertStarts(failures, fleet);
  assertInTime(startedAt, fleet, failures, settings);
  return false;
}

/**
 * A worker that is about to fail runs for a moment: so it must have run for half the time between two looks, for a twentieth
 * of the time that it took to come (where instances boot slowly, what they run starts slowly), and where workers have
 * failed, for twice as long as any of them did.
 */
function steadySeconds(bootSeconds: number, failures: StartFailures | undefined, settings: Settings): number {
  return Math.max(settings.PROVISION_POLL_SECONDS / 2, bootSeconds / 20, 2 * (failures?.longestSeconds ?? 0));
}

function assertStarts({ count, firstAt, reason }: StartFailures, fleet: Fleet): void {
  // A few of many may meet a hiccup that the next try does not.
  const enough = Math.max(START_FAILURES, fleet.in_service);
  if (count >= enough || secondsSince(firstAt) >= START_FAILURE_SECONDS) {
    throw new ProvisioningError('WorkersCannotStart', reason);
  }
}

function assertInTime(
  startedAt: Date,
  fleet: Fleet,
  failures: StartFailures | undefined,
  settings: Settings,
): void {
  const waitedSeconds = secondsSince(startedAt);
  if (waitedSeconds < settings.PROVISION_TIMEOUT_SECONDS) return;
  const reason = fleet.reason || failures?.reason || 'no reason is known';
  const message = `No worker runs after ${Math.round(waitedSeconds)} s (desired ${fleet.desired}, in service ${fleet.in_service}): ${reason}`;
  throw new ProvisioningError('ProvisionTimeout', message);
}

function secondsSince(date: Date): number {
  return (Date.now() - date.getTime()) / 1000;
}

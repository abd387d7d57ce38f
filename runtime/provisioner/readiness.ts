/** Whether a map can start, or never will: a pure function. */
import type { Task } from '@aws-sdk/client-ecs';
import type { FleetStatus } from '../contract';
import { ProvisioningError } from './provisioning-error';
import type { Settings } from './settings';
import { MAX_START_FAILURES, type StartFailures, startFailures } from './start-failures';

/** Workers that stop as soon as they start are given up this long after the first. */
const START_FAILURE_SECONDS = 60;

export interface WorkersSeen {
  fleet: Pick<FleetStatus, 'desired' | 'in_service' | 'running' | 'reason'>;
  /** Worker tasks that run or are about to. */
  running: readonly Task[];
  /** Worker tasks that have stopped, of any execution. */
  stopped: readonly Task[];
}

/** What has to be read of the workers before `secondsToReady` can decide. */
export interface WorkersToRead {
  running: boolean;
  stopped: boolean;
}

type Limits = Pick<Settings, 'PROVISION_POLL_SECONDS' | 'PROVISION_TIMEOUT_SECONDS'>;

/**
 * As little as the decision needs: every execution that waits asks again and again, and ECS throttles an account's calls.
 * Without an instance no worker is tried; only a timeout then looks for a reason.
 */
export function workersToRead(
  fleet: Pick<FleetStatus, 'in_service' | 'running'>,
  startedAt: Date,
  now: Date,
  limits: Limits,
): WorkersToRead {
  const tried = fleet.in_service > 0;
  return { running: tried && fleet.running > 0, stopped: tried || isTooLate(startedAt, now, limits) };
}

/**
 * Seconds until the worker that runs counts as one that stays: 0 once it does, infinity while none runs. Throws a ProvisioningError if
 * no worker is going to run. `startedAt`: when the execution began to wait for workers.
 */
export function secondsToReady(seen: WorkersSeen, startedAt: Date, now: Date, limits: Limits): number {
  const { fleet } = seen;
  const failures = startFailures(seen.stopped, startedAt);
  const since = runningSince(seen.running);
  const steady = steadySeconds((since - startedAt.getTime()) / 1000, failures, limits);
  const left = fleet.in_service > 0 ? steady - (now.getTime() - since) / 1000 : Number.POSITIVE_INFINITY;
  if (left <= 0) return 0;
  if (failures && fleet.in_service > 0) assertStarts(failures, fleet, now);
  assertInTime(startedAt, now, fleet, failures, limits);
  return left;
}

/** Time at which the worker that has run the longest was started, in milliseconds; infinity if none runs. */
function runningSince(tasks: readonly Task[]): number {
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  return Math.min(...running.map(({ startedAt }) => startedAt?.getTime() ?? Number.POSITIVE_INFINITY));
}

/**
 * A worker that is about to fail runs for a moment. So it must have run for half the time between two calls, for a
 * twentieth of the time that it took to come (if instances boot slowly, what they run starts slowly), and if workers
 * have failed, for twice as long as any of them did.
 */
function steadySeconds(bootSeconds: number, failures: StartFailures | undefined, limits: Limits): number {
  return Math.max(limits.PROVISION_POLL_SECONDS / 2, bootSeconds / 20, 2 * (failures?.longestSeconds ?? 0));
}

function assertStarts(
  { count, firstAt, reason, taskArn }: StartFailures,
  fleet: WorkersSeen['fleet'],
  now: Date,
): void {
  // If a few of many fail, their next try may succeed.
  const tooMany = Math.max(MAX_START_FAILURES, fleet.in_service);
  if (count >= tooMany || secondsBetween(firstAt, now) >= START_FAILURE_SECONDS) {
    throw new ProvisioningError('WorkersCannotStart', reason, taskArn);
  }
}

function assertInTime(
  startedAt: Date,
  now: Date,
  { desired, in_service, reason }: WorkersSeen['fleet'],
  failures: StartFailures | undefined,
  limits: Limits,
): void {
  if (!isTooLate(startedAt, now, limits)) return;
  const waited = Math.round(secondsBetween(startedAt, now));
  throw new ProvisioningError(
    'ProvisionTimeout',
    `No worker runs after ${waited} s (desired ${desired}, in service ${in_service}): ` +
      (reason || failures?.reason || 'no reason is known'),
    reason ? undefined : failures?.taskArn,
  );
}

function isTooLate(startedAt: Date, now: Date, { PROVISION_TIMEOUT_SECONDS }: Limits): boolean {
  return secondsBetween(startedAt, now) >= PROVISION_TIMEOUT_SECONDS;
}

function secondsBetween(start: Date, end: Date): number {
  return (end.getTime() - start.getTime()) / 1000;
}

/**
 * Which executions have to be stopped because their workers cannot start any more: a pure function. Nothing in their maps
 * waits for workers, so they would keep their instances, without work, until they time out.
 */
import type { Task } from '@aws-sdk/client-ecs';
import type { FleetStatus } from '../contract';
import type { Demand } from './demand';
import { lastWorkedUntil, MAX_START_FAILURES, startFailures } from './start-failures';

/** A worker that ran for this long had started, even if it failed later. */
const STARTED_SECONDS = 60;

export interface ExecutionToStop {
  executionArn: string;
  /** ECS's own words. */
  cause: string;
  /** ARN of the worker's task that they are about, if its container ran. */
  taskArn?: string;
}

/**
 * Whether the stopped workers have to be read to decide. Without instances nothing is tried and nothing is paid: an
 * execution goes on waiting for capacity.
 */
export function mayHaveToStop(
  executions: Demand['executions'],
  fleet: Pick<FleetStatus, 'running' | 'in_service'>,
): boolean {
  return executions.length > 0 && fleet.in_service > 0 && fleet.running === 0;
}

/**
 * The executions that have seen no worker start for as long as a first worker may take (`provisionTimeoutSeconds`), although ECS tried to
 * start some. They can be redriven when the cause is gone. `stopped`: of a fleet that `mayHaveToStop` accepts.
 */
export function executionsToStop(
  executions: Demand['executions'],
  stopped: readonly Task[],
  provisionTimeoutSeconds: number,
  now: Date,
): ExecutionToStop[] {
  const workedUntil = lastWorkedUntil(stopped, STARTED_SECONDS);
  return executions.flatMap(({ executionArn, runningSince }) => {
    const failures = startFailures(stopped, runningSince > workedUntil ? runningSince : workedUntil);
    if (!failures || failures.count < MAX_START_FAILURES) return [];
    if (now.getTime() - failures.firstAt.getTime() < provisionTimeoutSeconds * 1000) return [];
    return { executionArn, cause: failures.reason, taskArn: failures.taskArn };
  });
}

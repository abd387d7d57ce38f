/** Workers that ended without having worked: what ECS remembers of them, and what it says about them. */
import type { Task } from '@aws-sdk/client-ecs';

export interface StartFailures {
  count: number;
  firstAt: Date;
  /** Seconds that the one with the longest life ran. */
  longestSeconds: number;
  /** ECS's own words for the latest. */
  reason: string;
  /** ARN of the latest; undefined if its container never ran, and so wrote nothing. */
  taskArn?: string;
}

/** If this many workers stop as soon as they start, workers cannot start. */
export const MAX_START_FAILURES = 3;

/** Tasks created since `since` that never ran (image missing, say) or ended by themselves; undefined if there are none. */
export function startFailures(stopped: readonly Task[], since: Date): StartFailures | undefined {
  const failed = stopped
    .filter((task) => hasFailed(task) && task.createdAt && task.createdAt >= since)
    .sort((a, b) => stoppedAt(a) - stoppedAt(b));
  const [first, latest] = [failed[0], failed.at(-1)];
  if (!first || !latest) return undefined;
  return {
    count: failed.length,
    firstAt: new Date(stoppedAt(first)),
    longestSeconds: Math.max(...failed.map(secondsRun)),
    reason: describeStop(latest),
    taskArn: latest.startedAt && latest.taskArn,
  };
}

/** When the last worker that had run for at least this many seconds stopped; the epoch if ECS remembers none. */
export function lastWorkedUntil(stopped: readonly Task[], seconds: number): Date {
  return new Date(Math.max(0, ...stopped.filter((task) => secondsRun(task) >= seconds).map(stoppedAt)));
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html#ECS-Type-Task-stopCode */
function hasFailed({ stopCode }: Task): boolean {
  return stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited';
}

function secondsRun(task: Task): number {
  return task.startedAt ? (stoppedAt(task) - task.startedAt.getTime()) / 1000 : 0;
}

function stoppedAt({ stoppedAt, stoppingAt, createdAt }: Task): number {
  return (stoppedAt ?? stoppingAt ?? createdAt ?? new Date(0)).getTime();
}

function describeStop({ stoppedReason, containers }: Task): string {
  const container = containers?.find(({ exitCode, reason }) => reason || exitCode);
  const exit = container?.exitCode === undefined ? '' : `exit code ${container.exitCode}`;
  // ECS often gives the container's reason as the task's.
  return [...new Set([stoppedReason, container?.reason, exit])].filter(Boolean).join('; ');
}

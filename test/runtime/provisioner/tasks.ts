/** Worker tasks as ECS describes them, at seconds of a day. */
import type { Task } from '@aws-sdk/client-ecs';

/** The time this number of seconds after the start. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 10, 23) + seconds * 1000);
}

export function runningTask(started: number): Task {
  return { lastStatus: 'RUNNING', createdAt: at(started - 1), startedAt: at(started) };
}

/** A worker whose container could not be started. */
export function refusedTask(created: number, stopped: number, reason = 'CannotPullContainerError'): Task {
  return {
    stopCode: 'TaskFailedToStart',
    createdAt: at(created),
    stoppedAt: at(stopped),
    stoppedReason: reason,
  };
}

/** A worker that ended by itself, with this exit code. */
export function exitedTask(started: number, stopped: number, exitCode = 1): Task {
  return {
    stopCode: 'EssentialContainerExited',
    createdAt: at(started - 1),
    startedAt: at(started),
    stoppedAt: at(stopped),
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode }],
  };
}

/** A worker that the service stopped, since its instance left. */
export function scaledInTask(started: number, stopped: number): Task {
  return {
    stopCode: 'ServiceSchedulerInitiated',
    createdAt: at(started - 1),
    startedAt: at(started),
    stoppedAt: at(stopped),
  };
}

/** EventBridge Scheduler: starts executions of the stack's state machines when its schedules are due. */
import { LocalCloudError } from '../../core/errors';
import type { Core, LocalService } from '../../core/local-service';
import type { Logs } from '../logs';
import { schedulerService } from './operations';
import { Schedules } from './schedules';

export interface SchedulerOptions {
  /** Starts executions when the schedules are due. Default false: only `fire` starts them. */
  runSchedules?: boolean;
}

/** What a test calls instead of waiting. */
export interface Scheduler {
  /** Starts an execution as the schedule would now; resolves with its ARN. Rejects with a LocalCloudError for an unknown name. */
  fire(name: string): Promise<string>;
}

/**
 * `logs` gets a line for each start: group `scheduler/<schedule group>`, stream the schedule. Throws a LocalCloudError for a schedule that
 * the local cloud does not serve.
 */
export function createScheduler(
  core: Pick<Core, 'stack' | 'identities' | 'endpoint' | 'log'>,
  logs: Logs,
  { runSchedules = false }: SchedulerOptions,
): LocalService & Scheduler {
  const schedules = new Schedules(core, logs);
  return {
    service: schedulerService(schedules),
    fixed: ['aws_scheduler_schedule', 'aws_scheduler_schedule_group'],
    start: () => {
      if (runSchedules) schedules.start();
    },
    async fire(name) {
      const schedule = schedules.find(name);
      if (schedule) return schedules.fire(schedule);
      const names = schedules.all.map(({ attributes }) => attributes.name);
      throw new LocalCloudError(`There is no schedule ${name}: there are ${names.join(', ') || 'none'}.`);
    },
    close: () => schedules.close(),
  };
}

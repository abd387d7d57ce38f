/**
 * The table of the services: one line each. They close in its order, and start in the reverse order: functions load while state machines
 * are made.
 */
import type { Core } from '../core/local-service';
import { type AutoScalingOptions, createAutoScaling } from './autoscaling';
import { createEcs, type EcsOptions } from './ecs';
import { createEvents } from './events';
import { createLambda, type LambdaOptions } from './lambda';
import { createLogs, type LogsOptions } from './logs';
import type { BucketFolders } from './s3/buckets';
import { createS3OfStack } from './s3/of-stack';
import { createScheduler, type SchedulerOptions } from './scheduler';
import { createSns } from './sns';
import { createStatesOfStack, type StackStatesOptions } from './states/of-stack';
import { createSts } from './sts';

export interface ServicesOptions
  extends AutoScalingOptions,
    BucketFolders,
    EcsOptions,
    LambdaOptions,
    LogsOptions,
    SchedulerOptions,
    StackStatesOptions {}

export type Services = ReturnType<typeof createServices>;

/** Throws a LocalCloudError for a stack or options that they cannot serve. */
export function createServices(core: Core, options: ServicesOptions) {
  const logs = createLogs(core, options);
  const lambda = createLambda(core, logs, options);
  const events = createEvents(core, lambda);
  const ecs = createEcs(core, logs, options);
  return {
    // Events and schedules begin work of the others, so they start last and end first.
    events,
    scheduler: createScheduler(core, logs, options),
    states: createStatesOfStack(core, events, options),
    autoscaling: createAutoScaling(core, ecs.agent, options),
    ecs,
    lambda,
    logs,
    sns: createSns(core, logs),
    sts: createSts(core),
    s3: createS3OfStack(core, options),
  };
}

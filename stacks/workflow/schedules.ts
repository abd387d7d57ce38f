/**
 * Starts executions by the clock, with EventBridge Scheduler: it knows time zones, tries again for an hour, while a rule of
 * EventBridge would lose the start, and reports what it gives up.
 */
import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule';
import { SchedulerScheduleGroup } from '@cdktf/provider-aws/lib/scheduler-schedule-group';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import { literal } from '../core/literal';
import type { Names } from '../core/names';
import { ServiceRole } from '../core/service-role';
import type { Schedule } from '../settings/schedule';

export interface SchedulesProps {
  names: Names;
  /** At least one. */
  schedules: Schedule[];
  stateMachine: SfnStateMachine;
}

/** A start that is later than that would meet the next one of an hourly schedule. */
const RETRY_SECONDS = 3600;
/** The most that AWS takes: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const MAX_RETRIES = 185;

export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { names, schedules, stateMachine }: SchedulesProps) {
    super(scope, id);
    const group = new SchedulerScheduleGroup(this, 'group', { name: names.scheduleGroup });
    group.overrideLogicalId('schedules');
    const role = new ServiceRole(this, 'role', {
      logicalId: 'schedules',
      roleName: names.role('schedules'),
      description: 'Schedules: start executions',
      service: 'scheduler.amazonaws.com',
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      trustCondition: {
        StringEquals: {
          'aws:SourceAccount': names.account,
          'aws:SourceArn': names.arn('scheduler', `schedule-group/${names.scheduleGroup}`),
        },
      },
      statements: [
        { Sid: 'StartExecutions', Action: ['states:StartExecution'], Resource: names.stateMachineArn },
      ],
    });
    // A schedule may have the name of another construct here, such as group.
    const each = new Construct(this, 'each');
    for (const { name, expression, timezone, input } of schedules) {
      const schedule = new SchedulerSchedule(each, name, {
        name,
        groupName: group.name,
        description: `Starts an execution of ${names.stateMachine}`,
        scheduleExpression: expression,
        scheduleExpressionTimezone: timezone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: stateMachine.arn,
          roleArn: role.arn,
          input: literal(JSON.stringify(input)),
          retryPolicy: { maximumEventAgeInSeconds: RETRY_SECONDS, maximumRetryAttempts: MAX_RETRIES },
        },
        dependsOn: [role.policy],
      });
      schedule.overrideLogicalId(name.replaceAll('-', '_'));
    }
  }
}

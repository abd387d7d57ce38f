/** The stack's schedules: when each is due, and what it starts. */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { clientConfig } from '../../core/client-config';
import { LocalCloudError } from '../../core/errors';
import type { Core } from '../../core/local-service';
import type { Attributes, Stack } from '../../core/stack/stack';
import type { Logs } from '../logs';
import { type Due, dueTimes } from './expression';

export interface Schedule {
  attributes: Attributes;
  target: Attributes;
  due: Due;
}

/** The longest that a timer waits. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

export class Schedules {
  readonly all: readonly Schedule[];
  readonly groups: readonly Attributes[];
  private readonly timers = new Map<Schedule, NodeJS.Timeout>();
  private closed = false;

  /** Throws a LocalCloudError for an expression or a target that the local cloud does not serve. */
  constructor(
    private readonly core: Pick<Core, 'stack' | 'identities' | 'endpoint' | 'log'>,
    private readonly logs: Logs,
  ) {
    const { stack } = core;
    this.groups = stack.resources('aws_scheduler_schedule_group').map(({ attributes }) => attributes);
    this.all = schedulesOf(stack);
  }

  find(name: string): Schedule | undefined {
    return this.all.find(({ attributes }) => attributes.name === name);
  }

  /** From now on, each starts an execution when it is due; one with a rate begins at once, as on AWS. */
  start(): void {
    for (const schedule of this.all) {
      const { schedule_expression: expression } = schedule.attributes;
      this.wait(schedule, expression.startsWith('rate') ? new Date() : schedule.due(new Date()));
    }
  }

  /** Starts an execution, as the role of the schedule; resolves with its ARN. */
  async fire({ attributes: { name, group_name, arn }, target }: Schedule): Promise<string> {
    const { stack, identities, endpoint } = this.core;
    const { account, region, partition } = stack.accountAndRegion;
    const assumer = {
      service: 'scheduler.amazonaws.com',
      sourceArn: `arn:${partition}:scheduler:${region}:${account}:schedule-group/${group_name}`,
      session: name,
    };
    const credentials = () => identities.credentialsFor(target.role_arn, assumer);
    const sfn = new SFNClient(clientConfig({ endpoint, region, credentials }));
    const input = target.input?.replaceAll('<aws.scheduler.schedule-arn>', arn);
    try {
      const { executionArn = '' } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn: target.arn, input }),
      );
      const line = {
        timestamp: new Date().toISOString(),
        message: 'A schedule has started an execution',
        schedule: name,
        execution_arn: executionArn,
      };
      this.logs.write(`scheduler/${group_name}`, name, JSON.stringify(line));
      return executionArn;
    } finally {
      sfn.destroy();
    }
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private wait(schedule: Schedule, due: Date | undefined): void {
    if (this.closed || !due || schedule.attributes.state === 'DISABLED') return;
    const milliseconds = Math.max(0, due.getTime() - Date.now());
    const waited = () => {
      if (milliseconds > MAX_TIMER_MILLISECONDS) return this.wait(schedule, due);
      this.fire(schedule).catch((error) => {
        if (!this.closed)
          this.core.log(`The schedule ${schedule.attributes.name} could not start an execution`, error);
      });
      // A schedule that was due several times while the machine slept starts once.
      this.wait(schedule, schedule.due(new Date(Math.max(due.getTime(), Date.now()))));
    };
    this.timers.set(schedule, setTimeout(waited, Math.min(milliseconds, MAX_TIMER_MILLISECONDS)).unref());
  }
}

function schedulesOf(stack: Stack): Schedule[] {
  const machines = stack.resources('aws_sfn_state_machine').map(({ attributes }) => attributes.arn);
  return stack.resources('aws_scheduler_schedule').map(({ attributes }) => {
    const { name, schedule_expression, schedule_expression_timezone = 'UTC' } = attributes;
    const target: Attributes = [attributes.target].flat()[0];
    if (!machines.includes(target.arn)) {
      const message = `The schedule ${name} has a target that is not a state machine of the stack: ${target.arn}.`;
      throw new LocalCloudError(message);
    }
    return { attributes, target, due: dueTimes(schedule_expression, schedule_expression_timezone) };
  });
}

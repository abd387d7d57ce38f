import {
  GetScheduleCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../../../local/cloud';
import { LocalCloudError } from '../../../../local/core/errors';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';
import { bootFixture, trust } from '../../support/fixture-stack';

interface Line {
  message: string;
  schedule: string;
  execution_arn: string;
}

const GROUP = 'arn:aws:scheduler:eu-west-1:000000000000:schedule-group/nights';
const ROLE = { service: 'scheduler.amazonaws.com', source: GROUP, action: 'states:StartExecution' };

function resources({ service, source, action }: typeof ROLE, expression = 'cron(0 2 * * ? *)') {
  const definition = { QueryLanguage: 'JSONata', StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };
  return {
    aws_iam_role: {
      worker: { name: 'worker', assume_role_policy: trust('ecs-tasks.amazonaws.com') },
      function: { name: 'function', assume_role_policy: trust('lambda.amazonaws.com') },
      machine: { name: 'machine', assume_role_policy: trust('states.amazonaws.com') },
      nights: {
        name: 'nights',
        assume_role_policy: trust(service, { Condition: { StringEquals: { 'aws:SourceArn': source } } }),
      },
    },
    aws_iam_role_policy: {
      nights: {
        name: 'nights',
        role: '${aws_iam_role.nights.id}',
        policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Action: action, Resource: '${aws_sfn_state_machine.machine.arn}' }],
        }),
      },
    },
    aws_sfn_state_machine: {
      machine: {
        name: 'machine',
        role_arn: '${aws_iam_role.machine.arn}',
        definition: JSON.stringify(definition),
      },
    },
    aws_scheduler_schedule_group: { nights: { name: 'nights' } },
    aws_scheduler_schedule: {
      nightly: {
        name: 'nightly',
        group_name: '${aws_scheduler_schedule_group.nights.name}',
        schedule_expression: expression,
        schedule_expression_timezone: 'Europe/Berlin',
        target: {
          arn: '${aws_sfn_state_machine.machine.arn}',
          role_arn: '${aws_iam_role.nights.arn}',
          input: '{"worker_count":2}',
        },
      },
    },
  };
}

describe('EventBridge Scheduler', () => {
  const boot = async (
    given: Record<string, Record<string, object>>,
    options: Partial<LocalCloudOptions> = {},
  ) => {
    const lines: Line[] = [];
    const problems: unknown[] = [];
    const onLog = (group: string, _stream: string, line: string) => {
      if (group === 'scheduler/nights') lines.push(JSON.parse(line));
    };
    const log = (_message: string, error: unknown) => problems.push(error);
    const cloud = await bootFixture({ resources: given }, { onLog, log, ...options });
    return { cloud, lines, problems };
  };

  it('starts an execution with the input of the schedule, and shows schedules', async () => {
    const { cloud, lines } = await boot(resources(ROLE));
    const [sfn, scheduler] = [new SFNClient(cloud.clientConfig), new SchedulerClient(cloud.clientConfig)];
    try {
      const executionArn = await cloud.services.scheduler.fire('nightly');
      const { input } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      expect(JSON.parse(input ?? '')).to.deep.equal({ worker_count: 2 });
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include({ schedule: 'nightly', execution_arn: executionArn });
      expect(await failure(cloud.services.scheduler.fire('daily'))).to.be.instanceOf(LocalCloudError);

      const { ScheduleGroups } = await scheduler.send(new ListScheduleGroupsCommand({}));
      expect(ScheduleGroups?.map(({ Arn }) => Arn)).to.deep.equal([GROUP]);
      for (const [filter, names] of [
        [{}, ['nightly']],
        [{ GroupName: 'nights', NamePrefix: 'night' }, ['nightly']],
        [{ GroupName: 'default' }, []],
        [{ NamePrefix: 'x' }, []],
      ] as const) {
        const { Schedules } = await scheduler.send(new ListSchedulesCommand(filter));
        expect(
          Schedules?.map(({ Name }) => Name),
          JSON.stringify(filter),
        ).to.deep.equal(names);
      }
      const found = await scheduler.send(new GetScheduleCommand({ Name: 'nightly', GroupName: 'nights' }));
      expect(found).to.deep.include({
        ScheduleExpression: 'cron(0 2 * * ? *)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
        State: 'ENABLED',
      });
      const missing = await failure(scheduler.send(new GetScheduleCommand({ Name: 'nightly' })));
      expect(missing.name).to.equal('ResourceNotFoundException');
    } finally {
      sfn.destroy();
      scheduler.destroy();
      await cloud.close();
    }
  });

  it('starts a rate at once if schedules run, and only then', async () => {
    const hourly = resources(ROLE, 'rate(1 hour)');
    const [running, waiting] = await Promise.all([boot(hourly, { runSchedules: true }), boot(hourly)]);
    try {
      await until(() => running.lines.length > 0, 'the schedule starts an execution');
      expect(running.lines[0]?.schedule).to.equal('nightly');
      await waiting.cloud.services.scheduler.fire('nightly');
      expect(waiting.lines).to.have.length(1);
    } finally {
      await running.cloud.close();
      await waiting.cloud.close();
    }
  });

  it('starts nothing that its role may not start, or as a role that it may not assume', async () => {
    for (const change of [
      { action: 'states:StopExecution' },
      { service: 'events.amazonaws.com' },
      { source: GROUP.replace('nights', 'default') },
    ]) {
      const { cloud, problems } = await boot(resources({ ...ROLE, ...change }, 'rate(1 hour)'), {
        runSchedules: true,
      });
      try {
        await until(() => problems.length > 0, 'the start is refused');
        expect((problems[0] as Error).name, JSON.stringify(change)).to.match(/^AccessDenied/);
      } finally {
        await cloud.close();
      }
    }
  });

  it('with an expression or a target that it does not know stops the boot with one line', async () => {
    const other = resources(ROLE);
    other.aws_scheduler_schedule.nightly.target.arn = 'arn:aws:sqs:eu-west-1:000000000000:queue';
    for (const given of [resources(ROLE, 'at(2026-01-01T00:00:00)'), other]) {
      const error = await failure(boot(given));
      expect(error).to.be.instanceOf(LocalCloudError);
      expect(error.message).to.match(/at\(2026|nightly/);
    }
  });
});

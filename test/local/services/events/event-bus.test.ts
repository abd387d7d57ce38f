import { mock } from 'node:test';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { LocalCloudError } from '../../../../local/core/errors';
import { compilePattern } from '../../../../local/services/events/pattern';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';
import { bootFixture, trust } from '../../support/fixture-stack';

describe('event patterns', () => {
  const event = { source: 'aws.states', detail: { status: 'FAILED', tags: ['a', 'b'], count: 3 } };
  const cases: [object, boolean][] = [
    [{ source: ['aws.states'] }, true],
    [{ source: ['aws.ecs', 'aws.states'], detail: { status: ['FAILED'] } }, true],
    [{ detail: { status: ['SUCCEEDED'] } }, false],
    [{ detail: { missing: ['x'] } }, false],
    [{ detail: { tags: ['b'] } }, true],
    [{ detail: { count: [3] } }, true],
    [{ source: [{ prefix: 'aws.' }], detail: { status: [{ 'anything-but': ['RUNNING'] }] } }, true],
    [{ detail: { status: [{ 'anything-but': { prefix: 'FAIL' } }] } }, false],
    [{ detail: { other: [{ exists: false }] } }, true],
  ];
  for (const [pattern, matched] of cases) {
    it(`${matched ? 'match' : 'do not match'} with ${JSON.stringify(pattern)}`, () => {
      expect(compilePattern(JSON.parse(JSON.stringify(pattern)))(event)).to.equal(matched);
    });
  }

  it('with unknown matchers are refused with an error that names them', () => {
    expect(() => compilePattern({ source: [{ wildcard: 'a*' }] })).to.throw(LocalCloudError, 'wildcard');
    expect(() => compilePattern({ source: 'aws.states' })).to.throw(LocalCloudError, 'aws.states');
  });
});

describe('rules', () => {
  const rule = '${aws_cloudwatch_event_rule.failed.name}';
  const arn = '${aws_lambda_function.provisioner.arn}';
  const role = (name: string, service: string) => ({ name, assume_role_policy: trust(service) });
  const cause = 'a "quoted" name';
  const resources = (permission: object) => ({
    aws_iam_role: {
      worker: role('worker', 'ecs-tasks.amazonaws.com'),
      function: role('function', 'lambda.amazonaws.com'),
      failing: role('failing', 'states.amazonaws.com'),
    },
    aws_sfn_state_machine: {
      failing: {
        name: 'failing',
        role_arn: '${aws_iam_role.failing.arn}',
        definition: JSON.stringify({
          QueryLanguage: 'JSONata',
          StartAt: 'Failing',
          States: { Failing: { Type: 'Fail', Error: 'Broken', Cause: cause } },
        }),
      },
    },
    aws_cloudwatch_event_rule: {
      failed: {
        name: 'failed',
        event_pattern: JSON.stringify({ source: ['aws.states'], detail: { status: ['FAILED'] } }),
      },
    },
    aws_cloudwatch_event_target: {
      failed: {
        rule,
        arn,
        input_transformer: {
          input_paths: { cause: '$.detail.cause', all: '$.detail', count: '$.detail.redriveCount' },
          input_template: '{"cause":"<cause>","text":"of <cause>","all":<all>,"count":<count>}',
        },
      },
    },
    aws_lambda_permission: {
      failed: {
        action: 'lambda:InvokeFunction',
        function_name: '${aws_lambda_function.provisioner.function_name}',
        principal: 'events.amazonaws.com',
        source_arn: '${aws_cloudwatch_event_rule.failed.arn}',
        ...permission,
      },
    },
  });
  const fail = (cloud: Awaited<ReturnType<typeof bootFixture>>) => {
    const stateMachineArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:failing';
    return new SFNClient(cloud.clientConfig).send(new StartExecutionCommand({ stateMachineArn }));
  };

  it('invoke their function with the transformed input', async () => {
    const lines: string[] = [];
    const cloud = await bootFixture(
      { resources: resources({}) },
      { onLog: (_group, _stream, line) => lines.push(line) },
    );
    try {
      const { Rules } = await new EventBridgeClient(cloud.clientConfig).send(new ListRulesCommand({}));
      expect(Rules?.map(({ Name }) => Name)).to.deep.equal(['failed']);
      await fail(cloud);
      const line = await until(
        () => lines.find((each) => each.includes('event {')),
        'the function was invoked',
      );
      const event = JSON.parse(line.slice(line.indexOf('{')));
      expect(event).to.deep.include({ cause, text: `of ${cause}`, count: 0 });
      expect(event.all).to.deep.include({ status: 'FAILED', error: 'Broken', cause });
    } finally {
      await cloud.close();
    }
  });

  it('invoke their function on a schedule', async () => {
    const lines: string[] = [];
    const scheduled = resources({});
    Object.assign(scheduled.aws_cloudwatch_event_rule, {
      failed: { name: 'failed', schedule_expression: 'rate(2 minutes)' },
    });
    Object.assign(scheduled.aws_cloudwatch_event_target.failed, { input_transformer: undefined });
    mock.timers.enable({ apis: ['setInterval'] });
    const cloud = await bootFixture(
      { resources: scheduled },
      { onLog: (_group, _stream, line) => lines.push(line) },
    );
    try {
      mock.timers.tick(119_999);
      expect(cloud.processes()).to.deep.equal([]);
      mock.timers.tick(1);
      mock.timers.reset();
      const line = await until(
        () => lines.find((each) => each.includes('event {')),
        'the function was invoked',
      );
      expect(JSON.parse(line.slice(line.indexOf('{')))).to.include({
        source: 'aws.events',
        'detail-type': 'Scheduled Event',
      });
    } finally {
      mock.timers.reset();
      await cloud.close();
    }
  });

  it('invoke nothing without the permission to', async () => {
    const refused: string[] = [];
    const cloud = await bootFixture(
      { resources: resources({ source_arn: 'arn:aws:events:eu-west-1:000000000000:rule/other' }) },
      { log: (message) => refused.push(message) },
    );
    try {
      await fail(cloud);
      await until(() => refused.length > 0, 'the invocation is refused');
      expect(refused[0]).to.contain('may not invoke');
      expect(cloud.processes()).to.deep.equal([]);
    } finally {
      await cloud.close();
    }
  });

  it('with a cron schedule, or a target that is not a function, stop the boot with one line', async () => {
    const boot = async (rules: object, targets: object) => {
      const bus = { aws_cloudwatch_event_rule: rules, aws_cloudwatch_event_target: targets };
      return failure(bootFixture({ resources: bus as Record<string, Record<string, object>> }));
    };
    for (const error of [
      await boot({ nightly: { name: 'nightly', schedule_expression: 'cron(0 0 * * ? *)' } }, {}),
      await boot({}, { nightly: { rule: 'nightly', arn: 'arn:aws:sqs:eu-west-1:000000000000:queue' } }),
    ]) {
      expect(error).to.be.instanceOf(LocalCloudError);
      expect(error.message).to.contain('nightly');
    }
  });
});

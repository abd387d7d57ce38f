import { mock } from 'node:test';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect } from 'chai';
import { LocalCloudError } from '../../../local/errors';
import { matchesPattern } from '../../../local/events/pattern';
import { bootFixture } from '../support/fixture-stack';
import { failure, until } from '../support/until';

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
      expect(matchesPattern(JSON.parse(JSON.stringify(pattern)), event)).to.equal(matched);
    });
  }

  it('with unknown matchers are refused by name', () => {
    expect(() => matchesPattern({ source: [{ wildcard: 'a*' }] }, event)).to.throw(
      LocalCloudError,
      'wildcard',
    );
  });
});

describe('rules', () => {
  const rule = '${aws_cloudwatch_event_rule.failed.name}';
  const arn = '${aws_lambda_function.provisioner.arn}';
  const resources = (permission: object) => ({
    aws_cloudwatch_event_rule: {
      failed: {
        name: 'failed',
        event_pattern: JSON.stringify({ source: ['test'], detail: { status: ['FAILED'] } }),
      },
    },
    aws_cloudwatch_event_target: {
      failed: {
        rule,
        arn,
        input_transformer: {
          input_paths: { arn: '$.detail.arn', all: '$.detail' },
          input_template: '{"arn":"<arn>","text":"of <arn>","all":<all>}',
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
  const detail = { status: 'FAILED', arn: 'a "quoted" name' };
  const put = (cloud: Awaited<ReturnType<typeof bootFixture>>) =>
    new EventBridgeClient(cloud.client).send(
      new PutEventsCommand({
        Entries: [{ Source: 'test', DetailType: 'Test', Detail: JSON.stringify(detail) }],
      }),
    );

  it('invoke their function with the transformed input', async () => {
    const lines: string[] = [];
    const cloud = await bootFixture(
      { resources: resources({}) },
      { onLog: (_group, _stream, line) => lines.push(line) },
    );
    try {
      const { Rules } = await new EventBridgeClient(cloud.client).send(new ListRulesCommand({}));
      expect(Rules?.map(({ Name }) => Name)).to.deep.equal(['failed']);
      await put(cloud);
      const line = await until(
        () => lines.find((each) => each.includes('event {')),
        'the function was invoked',
      );
      const event = JSON.parse(line.slice(line.indexOf('{')));
      expect(event).to.deep.equal({ arn: detail.arn, text: `of ${detail.arn}`, all: detail });
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
      await put(cloud);
      expect(refused[0]).to.contain('may not invoke');
      expect(cloud.processes()).to.deep.equal([]);
    } finally {
      await cloud.close();
    }
  });

  it('with a cron schedule stop the boot with one line', async () => {
    const cron = {
      aws_cloudwatch_event_rule: { nightly: { name: 'nightly', schedule_expression: 'cron(0 0 * * ? *)' } },
    };
    const error = await failure(bootFixture({ resources: cron }));
    expect(error).to.be.instanceOf(LocalCloudError);
    expect(error.message).to.contain('nightly');
  });
});

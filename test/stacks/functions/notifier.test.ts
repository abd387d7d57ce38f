/** The messages at the end of an execution: their recipients, the ends that cause them, and their sender. */
import { expect } from 'chai';
import { compilePattern } from '../../../local/services/events/pattern';
import { readSettings } from '../../../runtime/notifier/settings';
import { type Applied, apply, attributesOf, EVERYTHING, mayDo } from '../synthesize';
import { transform } from './input-transformer';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:team';

describe('the notifier', () => {
  let stack: Applied;
  before(() => {
    stack = apply(EVERYTHING);
  });

  it('is invoked at every end of an execution, and at nothing else', () => {
    const { event_pattern } = attributesOf(stack, 'aws_cloudwatch_event_rule.notify');
    const matches = compilePattern(JSON.parse(event_pattern));
    const { arn } = attributesOf(stack, 'aws_sfn_state_machine.workflow');
    const change = (status: string, stateMachineArn: string = arn) => ({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: { status, stateMachineArn },
    });
    for (const status of ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'])
      expect(matches(change(status)), status).to.equal(true);
    for (const event of [
      change('RUNNING'),
      change('FAILED', `${arn}/ProcessPrefix`),
      change('FAILED', `${arn}-2`),
    ])
      expect(matches(event)).to.equal(false);
    const lambda = attributesOf(stack, 'aws_lambda_function.notifier');
    expect(attributesOf(stack, 'aws_cloudwatch_event_target.notify')).to.include({ arn: lambda.arn });
    expect(attributesOf(stack, 'aws_lambda_permission.notify')).to.include({
      function_name: lambda.function_name,
      principal: 'events.amazonaws.com',
      source_arn: attributesOf(stack, 'aws_cloudwatch_event_rule.notify').arn,
    });
  });

  it('gets the name of the execution', () => {
    const detail = { executionArn: 'arn:of:execution', redriveCount: 2 };
    expect(transform(attributesOf(stack, 'aws_cloudwatch_event_target.notify'), detail)).to.deep.equal({
      execution_arn: 'arn:of:execution',
      redrive_count: '2',
    });
  });

  it('gets the settings that it reads', () => {
    const { variables } = attributesOf(stack, 'aws_lambda_function.notifier').environment;
    expect(readSettings({ ...variables, AWS_REGION: 'us-east-1' })).to.deep.equal({
      AWS_REGION: 'us-east-1',
      INSTANCES: { instanceType: 'm6i.large', spot: false, diskGiB: 30, publicIp: true },
      TOPIC_ARN: attributesOf(stack, 'aws_sns_topic.notifications').arn,
      DEPLOYMENT: 'batch-processor',
      RESULTS_URL: 's3://batch-processor-000000000000-us-east-1/results/',
      CONSOLE_URL:
        'https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/',
    });
    for (const name of Object.keys(readSettings({ ...variables, AWS_REGION: 'us-east-1' })))
      expect(() => readSettings({ ...variables, AWS_REGION: 'us-east-1', [name]: '' }), name).to.throw();
  });

  it('mails an address, through a topic of its own', () => {
    const { arn, name } = attributesOf(stack, 'aws_sns_topic.notifications');
    expect(name).to.equal('batch-processor-notifications');
    expect(attributesOf(stack, 'aws_sns_topic_subscription.notifications')).to.deep.include({
      topic_arn: arn,
      protocol: 'email',
      endpoint: 'team@example.org',
    });
  });

  it('publishes to an existing topic, also an encrypted one, and to no other', () => {
    const given = apply({ BATCH_NOTIFY_TOPIC_ARN: TOPIC });
    expect(Object.keys(given.resources).filter((address) => address.includes('_sns_'))).to.deep.equal([]);
    expect(mayDo(given, 'notifier', 'sns:Publish', TOPIC)).to.equal(true);
    expect(mayDo(given, 'notifier', 'sns:Publish', `${TOPIC}-2`)).to.equal(false);
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1';
    // Only through SNS, and only for this topic.
    expect(mayDo(given, 'notifier', 'kms:GenerateDataKey', key)).to.equal(false);
    const [statement] = JSON.parse(
      attributesOf(given, 'aws_iam_role_policy.notifier').policy,
    ).Statement.filter(({ Sid }: { Sid: string }) => Sid === 'EncryptForTheTopic');
    expect(statement.Condition).to.deep.equal({
      StringLike: { 'kms:ViaService': 'sns.us-east-1.*' },
      StringEquals: { 'kms:EncryptionContext:aws:sns:topicArn': TOPIC },
    });
  });

  it('is in the stack only if a recipient is set', () => {
    const addresses = Object.keys(apply().resources);
    expect(addresses.filter((address) => /notif/.test(address))).to.deep.equal([]);
  });
});

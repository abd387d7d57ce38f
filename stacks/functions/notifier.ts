/** The Lambda function that informs people about the end of each execution, its role, and the rule that invokes it. */
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import type { FunctionBundle } from '../../bundles';
import { PREFIXES } from '../../runtime/prefixes';
import { executionConsoleUrl } from '../core/console';
import { EmailTopic } from '../core/email-topic';
import type { Names } from '../core/names';
import type { Statement } from '../core/service-role';
import { fleetFacts } from '../fleet/fleet-facts';
import type { Config } from '../settings/complete-config';
import type { Storage } from '../storage/storage';
import { aboutExecution, ENDED, invokeByRule, statusChange } from './execution-events';
import { NodeFunction } from './node-function';

export interface NotifierProps {
  names: Names;
  /** Has `notifyEmail` or `notifyTopicArn`. */
  config: Config;
  storage: Storage;
  stateMachine: SfnStateMachine;
  bundle: FunctionBundle;
}

export class Notifier extends Construct {
  constructor(scope: Construct, id: string, props: NotifierProps) {
    super(scope, id);
    const { names, config, storage, stateMachine, bundle } = props;
    const { notifyEmail, notifyTopicArn = '' } = config;
    const topicArn = notifyEmail
      ? new EmailTopic(this, 'topic', { name: 'notifications', names, email: notifyEmail }).arn
      : notifyTopicArn;
    const { lambda } = new NodeFunction(this, 'function', {
      name: 'notifier',
      names,
      config,
      bundle,
      description: 'Sends a message at the end of each execution',
      roleDescription: 'Notifier function: reads executions and map runs, publishes to one topic',
      statements: [
        ...readStatements(names),
        { Sid: 'Publish', Action: ['sns:Publish'], Resource: topicArn },
        ...(notifyTopicArn ? [useKeyOf(notifyTopicArn, names)] : []),
      ],
      timeoutSeconds: 60,
      variables: {
        TOPIC_ARN: topicArn,
        DEPLOYMENT: names.prefix,
        RESULTS_URL: `s3://${storage.bucketName}/${PREFIXES.results}`,
        CONSOLE_URL: executionConsoleUrl(names.region, ''),
        INSTANCES: JSON.stringify(fleetFacts(config)),
      },
    });
    const rule = new CloudwatchEventRule(this, 'rule', {
      name: `${names.prefix}-notify`,
      description: 'An execution has ended: the notifier sends a message',
      eventPattern: statusChange(stateMachine, { status: ENDED }),
    });
    invokeByRule(this, 'notify', rule, lambda, aboutExecution({}));
  }
}

function readStatements(names: Names): Statement[] {
  return [
    {
      Sid: 'ReadExecutions',
      Action: ['states:DescribeExecution', 'states:ListMapRuns'],
      Resource: names.arn('states', `execution:${names.stateMachine}:*`),
    },
    {
      Sid: 'CountObjects',
      Action: ['states:DescribeMapRun'],
      Resource: names.arn('states', `mapRun:${names.stateMachine}/*`),
    },
  ];
}

/**
 * For a topic that a KMS key of yours encrypts. SNS uses it on behalf of the publisher:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
function useKeyOf(topicArn: string, names: Names): Statement {
  return {
    Sid: 'EncryptForTheTopic',
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: '*',
    Condition: {
      StringLike: { 'kms:ViaService': `sns.${names.region}.*` },
      StringEquals: { 'kms:EncryptionContext:aws:sns:topicArn': topicArn },
    },
  };
}

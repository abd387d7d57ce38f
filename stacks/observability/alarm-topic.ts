/** The SNS topic that alarms notify, and the e-mail address that it passes them on to. */
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy';
import { Construct } from 'constructs';
import { EmailTopic } from '../core/email-topic';
import type { Names } from '../core/names';

export interface AlarmTopicProps {
  names: Names;
  email: string;
}

export class AlarmTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { names, email }: AlarmTopicProps) {
    super(scope, id);
    // Without a KMS key: CloudWatch may not use the one that AWS manages for SNS, and one of our own costs a dollar a month. A message has
    // name, description and state of an alarm, and no data:
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    const topic = new EmailTopic(this, 'topic', { name: 'alarms', names, email });
    this.arn = topic.arn;
    const policy = new SnsTopicPolicy(this, 'policy', {
      arn: topic.arn,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
            Sid: 'AlarmsOfThisDeployment',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: topic.arn,
            Condition: {
              StringEquals: { 'aws:SourceAccount': names.account },
              ArnLike: { 'aws:SourceArn': names.arn('cloudwatch', `alarm:${names.prefix}-*`) },
            },
          },
        ],
      }),
    });
    policy.overrideLogicalId('alarms');
  }
}

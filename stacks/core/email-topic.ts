/** An SNS topic with one subscription, of an e-mail address: AWS mails it a link, and passes messages on once somebody has followed it. */
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';
import type { Names } from './names';

export interface EmailTopicProps {
  /** Logical id of topic and subscription, and the end of the topic's name. */
  name: string;
  names: Names;
  email: string;
}

export class EmailTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, names, email }: EmailTopicProps) {
    super(scope, id);
    const topic = new SnsTopic(this, 'topic', { name: `${names.prefix}-${name}` });
    topic.overrideLogicalId(name);
    this.arn = topic.arn;
    const subscription = new SnsTopicSubscription(this, 'subscription', {
      topicArn: topic.arn,
      protocol: 'email',
      endpoint: email,
    });
    subscription.overrideLogicalId(name);
  }
}

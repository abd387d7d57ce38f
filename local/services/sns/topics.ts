/** The topics, and where their messages go: each is a line of JSON in the log. */
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../../core/service';
import type { Attributes, Stack } from '../../core/stack/stack';
import type { Logs } from '../logs';

export interface Message {
  TopicArn: string;
  Message: string;
  Subject?: string;
  MessageAttributes: Record<string, { DataType: string; StringValue?: string }>;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_MESSAGE_BYTES = 256 * 1024;

export class Topics {
  readonly all: readonly Attributes[];
  readonly subscriptions: readonly Attributes[];
  /** Topics that have a log group. */
  private readonly logged = new Set<string>();

  constructor(
    private readonly stack: Stack,
    private readonly logs: Logs,
  ) {
    const of = (type: string) => stack.resources(type).map(({ attributes }) => attributes);
    this.all = of('aws_sns_topic');
    this.subscriptions = of('aws_sns_topic_subscription');
    for (const { arn } of this.all) this.addGroup(arn);
  }

  /** Returns the message's id. Throws a ServiceError. */
  publish({ TopicArn, Message, Subject, MessageAttributes }: Message): string {
    if (Buffer.byteLength(Message) > MAX_MESSAGE_BYTES)
      throw new ServiceError('InvalidParameter', 'Invalid parameter: Message too long');
    // A topic of another account is taken to be there.
    const { account } = this.stack.accountAndRegion;
    if (TopicArn.split(':')[4] === account && !this.all.some(({ arn }) => arn === TopicArn))
      throw new ServiceError('NotFound', 'Topic does not exist', 404);
    this.addGroup(TopicArn);
    const id = randomUUID();
    const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]);
    const line = {
      timestamp: new Date().toISOString(),
      message: 'Notification',
      topic_arn: TopicArn,
      message_id: id,
      subject: Subject,
      text: Message,
      attributes: Object.fromEntries(attributes),
    };
    this.logs.write(groupOf(TopicArn), id, JSON.stringify(line));
    return id;
  }

  private addGroup(topicArn: string): void {
    if (this.logged.has(topicArn)) return;
    this.logged.add(topicArn);
    const { account, region, partition } = this.stack.accountAndRegion;
    const name = groupOf(topicArn);
    this.logs.addGroup(name, `arn:${partition}:logs:${region}:${account}:log-group:${name}`);
  }
}

/** Where AWS logs the deliveries of a topic: `sns/<region>/<account>/<topic>`. */
function groupOf(topicArn: string): string {
  return `sns/${topicArn.split(':').slice(3).join('/')}`;
}

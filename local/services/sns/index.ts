/** SNS: a message to a topic becomes a log line. It goes to nobody: no mail leaves the machine. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import type { Stack } from '../../core/stack/stack';
import type { LogStore } from '../logs/log-store';

export interface SnsOptions {
  stack: Stack;
  /**
   * Gets each message as a line of JSON: `timestamp`, `message` ("Notification"), `topic_arn`, `message_id`, `subject`, `text` and
   * `attributes`, texts by name. The group is the one to which AWS logs deliveries: `sns/<region>/<account>/<topic>`.
   */
  logs: LogStore;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_MESSAGE_BYTES = 256 * 1024;
const PAGE = 100;

const TopicArn = text(1, 2048).regex(/^arn:[^:]+:sns:[^:]+:\d{12}:[\w-]+(\.fifo)?$/);
const NextToken = z.string().optional();
const attribute = z.object({ DataType: text(1, 256), StringValue: z.string().optional() });

export function createSns({ stack, logs }: SnsOptions): { service: OperationsService } {
  const topics = stack.resources('aws_sns_topic').map(({ attributes }) => attributes);
  const subscriptions = stack.resources('aws_sns_topic_subscription').map(({ attributes }) => attributes);
  const { account, region, partition } = stack.accountAndRegion;
  const own = `arn:${partition}:sns:${region}:${account}:`;
  const groupOf = (arn: string) => `sns/${arn.split(':').slice(3).join('/')}`;
  const addGroup = (arn: string) => {
    const name = groupOf(arn);
    if (!logs.groups.has(name))
      logs.addGroup(name, `arn:${partition}:logs:${region}:${account}:log-group:${name}`);
  };
  for (const { arn } of topics) addGroup(arn);
  const authorizeTopic = (action: string) => (input: { TopicArn: string }) => ({
    action: `sns:${action}`,
    resources: [input.TopicArn],
  });

  return {
    service: {
      name: 'sns',
      protocol: 'query',
      invalidInput: 'InvalidParameter',
      operations: {
        Publish: operation({
          input: z.object({
            TopicArn,
            Message: z.string().min(1),
            Subject: z
              .string()
              .regex(/^[!-~][ -~]{0,98}$/)
              .optional(),
            MessageAttributes: z.record(z.string(), attribute).default({}),
          }),
          authorize: authorizeTopic('Publish'),
          run: ({ TopicArn, Message, Subject, MessageAttributes }) => {
            if (Buffer.byteLength(Message) > MAX_MESSAGE_BYTES)
              throw new ServiceError('InvalidParameter', 'Invalid parameter: Message too long');
            // A topic of another account is taken to be there.
            if (TopicArn.startsWith(own) && !topics.some(({ arn }) => arn === TopicArn))
              throw new ServiceError('NotFound', 'Topic does not exist', 404);
            addGroup(TopicArn);
            const MessageId = randomUUID();
            const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [
              name,
              StringValue,
            ]);
            const line = {
              timestamp: new Date().toISOString(),
              message: 'Notification',
              topic_arn: TopicArn,
              message_id: MessageId,
              subject: Subject,
              text: Message,
              attributes: Object.fromEntries(attributes),
            };
            logs.write(groupOf(TopicArn), MessageId, JSON.stringify(line));
            return { MessageId };
          },
        }),
        ListTopics: operation({
          input: z.object({ NextToken }),
          run: ({ NextToken }) => {
            const { items, nextToken } = page(topics, NextToken, PAGE, 'InvalidParameter');
            return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), NextToken: nextToken };
          },
        }),
        ListSubscriptionsByTopic: operation({
          input: z.object({ TopicArn, NextToken }),
          authorize: authorizeTopic('ListSubscriptionsByTopic'),
          run: ({ TopicArn, NextToken }) => {
            const found = subscriptions.filter(({ topic_arn }) => topic_arn === TopicArn);
            const { items, nextToken } = page(found, NextToken, PAGE, 'InvalidParameter');
            return {
              Subscriptions: items.map(({ protocol, endpoint }) => ({
                SubscriptionArn: 'PendingConfirmation',
                Owner: account,
                Protocol: protocol,
                Endpoint: endpoint,
                TopicArn,
              })),
              NextToken: nextToken,
            };
          },
        }),
      },
    },
  };
}

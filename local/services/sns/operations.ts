/** SNS's API: publish, and look. */
import * as z from 'zod';
import { text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation } from '../../core/service';
import type { Topics } from './topics';

const PAGE = 100;

const TopicArn = text(1, 2048).regex(/^arn:[^:]+:sns:[^:]+:\d{12}:[\w-]+(\.fifo)?$/);
const NextToken = z.string().optional();
const attribute = z.object({ DataType: text(1, 256), StringValue: z.string().optional() });
/** ASCII that begins with a letter, digit or punctuation mark, of fewer than 100 characters. */
const Subject = z.string().regex(/^[!-~][ -~]{0,98}$/);

export function snsService(account: string, topics: Topics): OperationsService {
  const authorizeTopic = (action: string) => (input: { TopicArn: string }) => ({
    action: `sns:${action}`,
    resources: [input.TopicArn],
  });
  return {
    name: 'sns',
    protocol: 'query',
    invalidInput: 'InvalidParameter',
    operations: {
      Publish: operation({
        input: z.object({
          TopicArn,
          Message: z.string().min(1),
          Subject: Subject.optional(),
          MessageAttributes: z.record(z.string(), attribute).default({}),
        }),
        authorize: authorizeTopic('Publish'),
        run: (message) => ({ MessageId: topics.publish(message) }),
      }),
      ListTopics: operation({
        input: z.object({ NextToken }),
        run: ({ NextToken }) => {
          const { items, nextToken } = page([...topics.all], NextToken, PAGE, 'InvalidParameter');
          return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), NextToken: nextToken };
        },
      }),
      ListSubscriptionsByTopic: operation({
        input: z.object({ TopicArn, NextToken }),
        authorize: authorizeTopic('ListSubscriptionsByTopic'),
        run: ({ TopicArn, NextToken }) => {
          const found = topics.subscriptions.filter(({ topic_arn }) => topic_arn === TopicArn);
          const { items, nextToken } = page(found, NextToken, PAGE, 'InvalidParameter');
          const described = items.map(({ protocol, endpoint }) => ({
            SubscriptionArn: 'PendingConfirmation',
            Owner: account,
            Protocol: protocol,
            Endpoint: endpoint,
            TopicArn,
          }));
          return { Subscriptions: described, NextToken: nextToken };
        },
      }),
    },
  };
}

/**
 * What the local cloud's topics have sent: it writes each message into the log group to which AWS logs deliveries,
 * `sns/<region>/<account>/<topic>`.
 */
import { DescribeLogGroupsCommand, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { BatchProcessor } from '../../client';
import type { SentMessage } from '../../page/run-view';

const KEPT = 20;

/** The newest first: at most 20. */
export async function readMessages({ clients: { logs: client } }: BatchProcessor): Promise<SentMessage[]> {
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'sns/' }));
  const messages: SentMessage[] = [];
  for (const { logGroupName } of logGroups)
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName }))
      for (const { message = '{}', timestamp = 0 } of events) {
        const { subject = '', text = '' } = JSON.parse(message);
        messages.push({ at: timestamp, subject, text });
      }
  return messages.sort((a, b) => b.at - a.at).slice(0, KEPT);
}

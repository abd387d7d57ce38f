/**
 * Entry of the notifier Lambda: one message for each end of an execution, also of one that was redriven. EventBridge and Lambda deliver
 * at least once, so a message may rarely come twice; its attributes tell which end it is about.
 */
import { SFNClient } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { NotifierEvent } from '../contract';
import { log } from '../log';
import { type EndedExecution, readEndedExecution } from './ended-execution';
import { messageOf } from './message';
import { readSettings } from './settings';

const settings = readSettings(process.env);
const retries = { maxAttempts: 5 };
const sfn = new SFNClient(retries);
const sns = new SNSClient(retries);

export async function handler(event: NotifierEvent): Promise<void> {
  const ended = await readEndedExecution(sfn, event);
  if (!ended) {
    log.info('The execution was redriven: the message comes at its next end', { event });
    return;
  }
  const { subject: Subject, text: Message } = messageOf(ended, settings);
  const { MessageId } = await sns.send(
    new PublishCommand({
      TopicArn: settings.TOPIC_ARN,
      Subject,
      Message,
      MessageAttributes: attributesOf(ended),
    }),
  );
  log.info('Notified', { event, subject: Subject, message_id: MessageId });
}

/** For filters of subscriptions: https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html */
function attributesOf({ arn, status, redriveCount }: EndedExecution) {
  return {
    status: { DataType: 'String', StringValue: status },
    execution_arn: { DataType: 'String', StringValue: arn },
    redrive_count: { DataType: 'Number', StringValue: String(redriveCount) },
  };
}

/** SNS: a message to a topic becomes a log line. It goes to nobody: no mail leaves the machine. */
import type { Core, LocalService } from '../../core/local-service';
import type { Logs } from '../logs';
import { snsService } from './operations';
import { Topics } from './topics';

/**
 * `logs` gets each message as a line of JSON: `timestamp`, `message` ("Notification"), `topic_arn`, `message_id`, `subject`, `text` and
 * `attributes`, texts by name. The group is the one to which AWS logs deliveries: `sns/<region>/<account>/<topic>`.
 */
export function createSns({ stack }: Pick<Core, 'stack'>, logs: Logs): LocalService {
  return {
    service: snsService(stack.accountAndRegion.account, new Topics(stack, logs)),
    fixed: ['aws_sns_topic', 'aws_sns_topic_subscription'],
  };
}

/** The subscriptions of e-mail addresses, which AWS asks to confirm them. */
import type { Config } from '../../stacks/settings/complete-config';
import type { Change } from './terraform/plan';
import { readState } from './terraform/state';

/** One line for each address that has not confirmed yet. `changes`: of the apply. */
export async function unconfirmedSubscriptions(config: Config, changes: Change[]): Promise<string[]> {
  const { alarmEmail, notifyEmail } = config;
  const state = await readState(config);
  const isUnconfirmed = (topic: string) => {
    const address = `aws_sns_topic_subscription.${topic}`;
    const isNew = changes.some((change) => change.address === address && change.actions.includes('create'));
    const known = state?.resources.find((resource) => resource.address === address);
    return isNew || known?.attributes.pending_confirmation === true;
  };
  const line = (email: string, without: string) =>
    `confirm the subscription that AWS has mailed to ${email}: until then ${without}`;
  return [
    ...(alarmEmail && isUnconfirmed('alarms') ? [line(alarmEmail, 'alarms notify nobody')] : []),
    ...(notifyEmail && isUnconfirmed('notifications')
      ? [line(notifyEmail, 'nobody gets messages about the end of executions')]
      : []),
  ];
}

/** How often executions that wait for workers call: a pure function. All of them share the API's token buckets. */
import type { Settings } from './settings';

/**
 * Seconds between two calls of all waiting executions together. Each call lists the running executions, and the bucket of
 * ListExecutions refills with 2 a second in most regions; half of that is for changes of the fleet and for people.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const SECONDS_PER_CALL = 1;

/** An empty bucket is half full after this many seconds, unless others use its tokens. */
const THROTTLED_SECONDS = 30;

type Poll = Pick<Settings, 'PROVISION_POLL_SECONDS'>;

/** Seconds after which an execution calls again, one of `executions` that need workers. The workflow varies them by a quarter. */
export function secondsToNextCall(executions: number, { PROVISION_POLL_SECONDS }: Poll): number {
  return Math.max(PROVISION_POLL_SECONDS, executions * SECONDS_PER_CALL);
}

/** The same for an execution whose call was throttled. */
export function secondsAfterThrottling({ PROVISION_POLL_SECONDS }: Poll): number {
  return Math.max(PROVISION_POLL_SECONDS, THROTTLED_SECONDS);
}

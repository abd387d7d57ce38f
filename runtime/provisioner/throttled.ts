/** The answer to an execution that waits while AWS throttles the account's calls: not yet. No execution fails by throttling. */
import { isThrottlingError } from '@smithy/core/retry';
import type { FleetStatus, ProvisionerEvent } from '../contract';
import { describeError, log } from '../log';
import { secondsAfterThrottling } from './pace';
import type { Settings } from './settings';

/**
 * Throws `error` again unless a `provision` event was throttled. The sender repeats any other event. The answer says nothing
 * about the fleet.
 */
export function throttledStatus(
  error: Parameters<typeof isThrottlingError>[0],
  event: ProvisionerEvent,
  settings: Pick<Settings, 'PROVISION_POLL_SECONDS'>,
): FleetStatus {
  if (event.action !== 'provision' || !isThrottlingError(error)) throw error;
  log.warn('AWS throttles the provisioner', { event, ...describeError(error) });
  return {
    needed: event.worker_count,
    desired: 0,
    in_service: 0,
    running: 0,
    reason: `AWS throttles the account's requests: ${error.message}`,
    ready: false,
    next_call_seconds: secondsAfterThrottling(settings),
  };
}

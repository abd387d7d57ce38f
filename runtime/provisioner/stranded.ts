/**
 * Ends executions whose workers cannot start any more: nothing in their maps waits for workers, so that they would keep
 * their instances, and nobody at work, until they time out.
 */
import type { ECSClient } from '@aws-sdk/client-ecs';
import { type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Fleet } from '../contract';
import type { PROVISIONING_ERRORS } from '../errors';
import { log } from '../log';
import type { Demand } from './demand';
import { START_FAILURES } from './readiness';
import type { Settings } from './settings';
import { lastWorkedUntil, readStopped, type ServiceName, startFailures } from './workers';

/** A worker that ran for so long had started, whatever became of it. */
const STARTED_SECONDS = 60;
const ERROR: (typeof PROVISIONING_ERRORS)[number] = 'WorkersCannotStart';

/**
 * Stops, with ECS's own reason, what has seen no worker start for as long as a first worker may take, though instances are
 * there and workers were tried. It can be redriven when the cause is gone. Without instances nothing is tried and nothing
 * is paid: it goes on waiting for capacity.
 */
export async function stopStranded(
  sfn: SFNClient,
  ecs: ECSClient,
  service: ServiceName,
  fleet: Fleet,
  { executions }: Demand,
  { PROVISION_TIMEOUT_SECONDS }: Settings,
): Promise<void> {
  if (executions.length === 0 || fleet.running > 0 || fleet.in_service === 0) return;
  const stopped = await readStopped(ecs, service);
  const workedUntil = lastWorkedUntil(stopped, STARTED_SECONDS);
  for (const { executionArn, runningSince } of executions) {
    const failures = startFailures(stopped, runningSince > workedUntil ? runningSince : workedUntil);
    if (!failures || failures.count < START_FAILURES) continue;
    if (Date.now() - failures.firstAt.getTime() < PROVISION_TIMEOUT_SECONDS * 1000) continue;
    const { reason: cause } = failures;
    log.error('Execution stopped', { execution_arn: executionArn, error: ERROR, cause });
    await sfn.send(new StopExecutionCommand({ executionArn, error: ERROR, cause }));
  }
}

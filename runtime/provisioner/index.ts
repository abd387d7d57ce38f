/** Entry of the provisioner Lambda. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { FleetStatus, ProvisionerEvent } from '../contract';
import { log } from '../log';
import { FLEET_RECONCILED } from '../log-lines';
import { ExecutionReader } from './executions';
import { writeFleetMetrics } from './fleet-metrics';
import { assertProcessor } from './processors';
import { reconcile } from './reconcile';
import { readSettings } from './settings';
import { throttledStatus } from './throttled';

const settings = readSettings(process.env);
const retries = { maxAttempts: 5 };
const clients = {
  sfn: new SFNClient(retries),
  autoScaling: new AutoScalingClient(retries),
  ecs: new ECSClient(retries),
  logs: new CloudWatchLogsClient(retries),
};
const executions = new ExecutionReader(clients.sfn, settings.STATE_MACHINE_ARN);

/** EventBridge's rules give the count of redrives as a text, which is empty if the event has none. */
type GivenEvent = ProvisionerEvent | (Omit<ProvisionerEvent, 'redrive_count'> & { redrive_count: string });

export async function handler(given: GivenEvent): Promise<FleetStatus> {
  const event = readEvent(given);
  if (event.action === 'provision') assertProcessor(event.processor, event.parameters);
  const fleet = await reconcile(event, clients, executions, settings).catch((error) =>
    throttledStatus(error, event, settings),
  );
  writeFleetMetrics(fleet, settings.AUTO_SCALING_GROUP_NAME);
  log.info(FLEET_RECONCILED, { event, fleet });
  return fleet;
}

function readEvent(given: GivenEvent): ProvisionerEvent {
  if (!('redrive_count' in given)) return given as ProvisionerEvent;
  return { ...given, redrive_count: Number(given.redrive_count) } as ProvisionerEvent;
}

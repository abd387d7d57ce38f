/** Entry of the provisioner Lambda. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { FleetStatus, ProvisionerEvent } from '../contract';
import { log } from '../log';
import { assertProcessor } from './processors';
import { reconcile } from './reconcile';
import { readSettings } from './settings';

const settings = readSettings(process.env);
const retries = { maxAttempts: 5 };
const clients = {
  sfn: new SFNClient(retries),
  autoScaling: new AutoScalingClient(retries),
  ecs: new ECSClient(retries),
  logs: new CloudWatchLogsClient(retries),
};

export async function handler(event: ProvisionerEvent): Promise<FleetStatus> {
  if (event.action === 'provision') assertProcessor(event.processor, event.parameters);
  const fleet = await reconcile(event, clients, settings);
  log.info('Fleet reconciled', { event, fleet });
  return fleet;
}

/** Entry of the provisioner Lambda. */
import type { Fleet, ProvisionerEvent } from '../contract';
import { log } from '../log';
import { reconcile } from './reconcile';
import { readSettings } from './settings';

const settings = readSettings(process.env);

export async function handler(event: ProvisionerEvent): Promise<Fleet> {
  const fleet = await reconcile(event, settings);
  log.info('Fleet reconciled', { event, fleet });
  return fleet;
}

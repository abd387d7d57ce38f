/** Entry of the worker's container. Exit code 0: told to stop and done; 1: it cannot work. */
import { describeError, log, redactLog } from '../log';
import { ActivityClient } from './activity';
import { readIdentity } from './identity';
import { Metrics } from './metrics';
import { MAX_POLLS } from './polls';
import { redactor } from './redact';
import { readSettings } from './settings';
import { Slots } from './supervisor/slots';
import { Worker } from './worker';

async function main(): Promise<void> {
  redactLog(redactor(process.env));
  const settings = readSettings(process.env);
  const { workerId, family } = await readIdentity(process.env);
  const worker = new Worker(settings, {
    workerId,
    activity: new ActivityClient(settings.activityArn, workerId, MAX_POLLS),
    slots: new Slots(settings),
    metrics: new Metrics(family),
  });

  const onSignal = async (signal: NodeJS.Signals) => {
    await worker.stop({ signal });
    process.exit(0);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  await worker.run();
}

main().catch((error) => {
  log.error('Worker cannot work', describeError(error));
  process.exit(1);
});

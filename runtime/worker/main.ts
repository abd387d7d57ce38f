/** Entry of the worker's container. Exit code 0: told to stop and done; 1: it could not start, or could not stop in time. */
import { describeError, log } from '../log';
import { readIdentity } from './identity';
import { readSettings } from './settings';
import { Worker } from './worker';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const identity = await readIdentity(process.env);
  const id = identity.workerId;
  const worker = new Worker(settings, identity);
  let stopping = false;

  const onSignal = async (signal: NodeJS.Signals) => {
    // A second signal: whoever sends it does not want to wait.
    if (stopping) return worker.interrupt();
    stopping = true;
    log.info('Worker stopping', { worker_id: id, signal, grace_seconds: settings.graceSeconds });
    await worker.stop();
    log.info('Worker stopped', { worker_id: id });
    process.exit(0);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  worker.start();
  log.info('Worker started', { worker_id: id, slots: settings.slots, processor: settings.processor });
}

main().catch((error) => {
  log.error('Worker could not start', describeError(error));
  process.exit(1);
});

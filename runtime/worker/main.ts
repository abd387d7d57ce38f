/** Entry of the worker's container. Exit code 0: told to stop and done; 1: it cannot work. */
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

  const running = worker.run();
  log.info('Worker started', { worker_id: id, slots: settings.slots, processor: settings.processor });
  await running;
}

main().catch((error) => {
  log.error('Worker cannot work', describeError(error));
  process.exit(1);
});

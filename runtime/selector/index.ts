/** Entry of the selector Lambda. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SelectionStatus, SelectorEvent } from '../contract';
import { log } from '../log';
import { S3Clients } from '../s3/clients';
import { runCall } from './call';
import { KeySet } from './key-set';
import { CONCURRENCY } from './selection';
import { readSettings } from './settings';

/** The first call answers soon, so that workers boot while the next ones go on. */
const FIRST_CALL_SECONDS = 12;
const CALL_SECONDS = 75;
/** To finish what was begun, and to write what the next call needs. */
const RESERVE_SECONDS = 30;

const { BUCKET, BUCKET_ACCESSES, PROCESSOR_ENVIRONMENT_HASH } = readSettings(process.env);
const context = {
  s3: new S3Clients(
    {
      maxAttempts: 5,
      requestHandler: {
        connectionTimeout: 5_000,
        requestTimeout: 20_000,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: CONCURRENCY },
        httpsAgent: { maxSockets: CONCURRENCY },
      },
    },
    JSON.parse(BUCKET_ACCESSES),
  ),
  ownBucket: BUCKET,
  keys: new KeySet(),
  environment: PROCESSOR_ENVIRONMENT_HASH,
  processors: JSON.parse(readFileSync(join(__dirname, 'processors.json'), 'utf8')),
};

/** Throws a SelectionError if another try cannot succeed. */
export async function handler(
  event: SelectorEvent,
  { getRemainingTimeInMillis }: { getRemainingTimeInMillis(): number },
): Promise<SelectionStatus> {
  const seconds = event.call === 0 ? FIRST_CALL_SECONDS : CALL_SECONDS;
  const available = Math.min(seconds, getRemainingTimeInMillis() / 1000 - RESERVE_SECONDS);
  const status = await runCall(event, context, Date.now() + available * 1000);
  const { execution, call } = event;
  log.info('Objects selected', { execution, call, selection: status });
  return status;
}

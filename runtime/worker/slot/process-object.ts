/** One object, from S3 through the processor to S3. */
import type { ObjectResult } from '../../contract';
import { log } from '../../log';
import { type LogLine, OBJECT_PROCESSED, OBJECT_SKIPPED, PROCESSING_OBJECT } from '../../log-lines';
import { INDEX_SUFFIX } from '../../processor/suffix';
import { formatProvenance, hashSource, PROVENANCE_ENTRY, provenanceEtag } from '../../provenance';
import { MAX_DEATHS } from '../../slot-limits';
import { TaskError } from '../task-error';
import { Attempt } from './attempt';
import type { ObjectContext } from './configured-processor';
import type { TaskOfObject } from './messages';
import {
  checkOwner,
  findMadeOutputs,
  type MadeOutputs,
  type Making,
  upToDateEtag,
  whyMadeAgain,
} from './outputs/made-outputs';
import { closeSource, openSource } from './source/open-source';
import { takeTurn } from './take-turn';
import { transform } from './transform';

const MAX_KEY_BYTES = 1024;

/** Processes one object of a task, or skips it. Throws a TaskError, or ReturnedObject. */
export async function processObject(
  task: TaskOfObject,
  key: string,
  context: ObjectContext,
): Promise<ObjectResult> {
  const startedAt = new Date();
  let waitedMilliseconds = 0;
  const { bucket, output_bucket: outputBucket, execution, slot } = task;
  const ofSlot = slot !== undefined && { slot };
  const { processor, workerId } = context;
  const [sources, outputs] = [context.s3.store(bucket), context.s3.store(outputBucket)];
  log.info(PROCESSING_OBJECT, { bucket, key, execution, attempt: task.attempt } satisfies LogLine);
  const { outputs: declared } = processor.definition;
  const isDynamic = declared === 'dynamic';
  const prefix = task.output_prefix + key;
  // These decide whether the object is skipped.
  const keys = (isDynamic ? [INDEX_SUFFIX] : declared).map((suffix) => prefix + suffix);
  checkKeys(key, keys);

  const result = (status: ObjectResult['status'], more: Partial<ObjectResult> = {}): ObjectResult => {
    const endedAt = new Date();
    return {
      object_key: key,
      processed_key: keys[0] ?? '',
      content: '',
      processing_time: Math.max(endedAt.getTime() - startedAt.getTime() - waitedMilliseconds, 0) / 1000,
      started_at: startedAt.toISOString(),
      processed_at: endedAt.toISOString(),
      worker_id: workerId,
      ...ofSlot,
      attempt: task.attempt,
      bytes_in: 0,
      bytes_out: 0,
      status,
      ...more,
    };
  };
  const skipped = (reason: string) => {
    log.info(OBJECT_SKIPPED, { key, execution, ...ofSlot, reason } satisfies LogLine);
    return result('skipped');
  };

  const making: Making = {
    source: hashSource(bucket, key),
    processor: processor.name,
    version: processor.version,
    parameters: processor.parametersHash,
    environment: processor.environmentHash,
  };
  const made: MadeOutputs = task.force
    ? { etags: [], isIncomplete: true }
    : await findMadeOutputs(outputs, keys, making);
  const unlessEtag = context.isRepeated ? undefined : upToDateEtag(made);
  const died = task.deaths > MAX_DEATHS ? workerDied(task.deaths) : undefined;
  if (died && unlessEtag === undefined) throw died;
  // A model takes long to load: not with a connection to S3 open, and not if all is up to date.
  if (unlessEtag === undefined) await context.setUp();
  const asksFrom = Date.now();
  const room = await context.readAhead.ask();
  waitedMilliseconds = Date.now() - asksFrom;
  const found = await openSource(sources, key, unlessEtag).catch((error) => {
    room.release();
    throw error;
  });
  if (found === 'unchanged') {
    room.release();
    return skipped('its outputs are up to date');
  }
  const isMarker = key.endsWith('/') && found.size === 0;
  const isUpToDate = unlessEtag === provenanceEtag(found.etag);
  if (isMarker || isUpToDate || made.foreign || died) {
    room.release();
    closeSource(found);
    if (isMarker) return skipped('it is a folder marker');
    if (made.foreign) throw made.foreign;
    if (died && !isUpToDate) throw died;
    return skipped('its outputs are up to date');
  }

  const attempt = new Attempt({ key });
  const turn = await takeTurn(found, attempt, room, context);
  waitedMilliseconds += turn.waitedMilliseconds;
  const { source, body } = turn;
  const etag = provenanceEtag(source.etag);
  const destination = {
    bucket: outputBucket,
    prefix,
    isIndexed: isDynamic,
    sourceSize: source.size,
    provenance: { [PROVENANCE_ENTRY]: formatProvenance({ etag, ...making }) },
    // Nobody has looked at what dynamic outputs would overwrite.
    ...(isDynamic && !task.force && { checkOwner: (one: string) => checkOwner(outputs, one, making) }),
  };
  const { stream: _, ...object } = source;
  let written: (() => void) | undefined;
  const onProcessed = (bytes: number) => {
    written = context.writeBehind.take(bytes);
    // Otherwise the turn ends when everything is written.
    if (!written) return;
    context.onStage('writing');
    turn.end();
  };
  const outcome = await transform(
    { ...object, attempt: task.attempt },
    body,
    attempt,
    destination,
    onProcessed,
    context,
  ).finally(() => {
    written?.();
    turn.end();
  });
  const why = whyMadeAgain(made, etag);
  const done = result('success', {
    processor_time: turn.seconds,
    bytes_in: source.size,
    ...outcome,
    ...(why && { made_again: why }),
  });
  log.info(OBJECT_PROCESSED, {
    key,
    execution,
    ...ofSlot,
    processed_key: done.processed_key,
    seconds: done.processing_time,
  } satisfies LogLine);
  return done;
}

function workerDied(deaths: number): TaskError {
  const message = `${deaths} workers died, or lost their connection, while they had its task: see the log of the workers`;
  return new TaskError('WorkerDied', message);
}

/** Throws a TaskError for what S3 would refuse, or could not even be asked for. */
function checkKeys(key: string, outputKeys: string[]): void {
  // JSON can hold half a surrogate pair, UTF-8 cannot.
  if (Buffer.from(key).toString() !== key)
    throw new TaskError('ObjectNotFound', `${key} is not Unicode, as every key is`);
  for (const outputKey of outputKeys) {
    const bytes = Buffer.byteLength(outputKey);
    if (bytes <= MAX_KEY_BYTES) continue;
    throw new TaskError(
      'OutputKeyTooLong',
      `${outputKey} would be the output's key: ${bytes} bytes, S3 allows ${MAX_KEY_BYTES}`,
    );
  }
}

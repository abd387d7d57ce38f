/** Writes all outputs of an object at the same time, and the index of dynamic ones last. */
import type { ObjectResult, OutputResult } from '../../../contract';
import { INDEX_SUFFIX } from '../../../processor/suffix';
import type { ObjectStore } from '../../../s3/object-store';
import { TaskError } from '../../task-error';
import type { Attempt } from '../attempt';
import type { CheckedOutput } from './check-outputs';
import { discard, isWhole, tolerateErrors } from './content';
import { type Destination, writeOutput } from './write-output';

export interface Destinations extends Omit<Destination, 'key' | 'onGathered'> {
  /** The key of an output is this + its suffix. */
  prefix: string;
  /** An index lists the outputs. */
  isIndexed: boolean;
}

export type WrittenOutputs = Pick<ObjectResult, 'processed_key' | 'outputs' | 'content' | 'bytes_out'>;

const MAX_KEY_BYTES = 1024;
const PREVIEW_CHARACTERS = 256;

/**
 * Throws a TaskError. The signal of `attempt` is aborted if nothing is worth writing any more. `onGathered`: called once
 * when nothing more is wanted of any output's body, with the bytes that are held until they are written.
 */
export async function writeOutputs(
  store: ObjectStore,
  outputs: CheckedOutput[],
  { prefix, isIndexed, ...destination }: Destinations,
  attempt: Pick<Attempt, 'signal'>,
  onGathered: (bytes: number) => void,
): Promise<WrittenOutputs> {
  const streams = outputs.map(({ body }) => body).filter((body) => !isWhole(body));
  for (const body of streams) tolerateErrors(body);
  if (streams.length > 0) attempt.signal.addEventListener('abort', () => streams.forEach(discard));
  const gathered: number[] = [];
  const onEach = (bytes: number) => {
    if (gathered.push(bytes) === outputs.length) onGathered(gathered.reduce((sum, one) => sum + one, 0));
  };
  // Two streams may come from one source, which waits for the slower one.
  const results = await Promise.all(
    outputs.map(async (output): Promise<OutputResult> => {
      const key = checkKey(prefix + output.suffix);
      const bytes = await writeOutput(store, { ...destination, key, onGathered: onEach }, output);
      return { key, bytes, ...(output.record !== undefined && { record: output.record }) };
    }),
  );
  if (isIndexed) await writeIndex(store, { ...destination, key: prefix + INDEX_SUFFIX }, outputs, results);
  const saysMore = isIndexed || results.length > 1 || results.some(({ record }) => record !== undefined);
  return {
    processed_key: isIndexed ? prefix + INDEX_SUFFIX : (results[0]?.key ?? ''),
    ...(saysMore && { outputs: results }),
    content: outputs.map(previewOf).find(Boolean) ?? '',
    bytes_out: results.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** It alone decides whether the object is skipped: it is there when all outputs are. */
async function writeIndex(
  store: ObjectStore,
  destination: Destination,
  outputs: CheckedOutput[],
  results: OutputResult[],
): Promise<void> {
  const list = results.map((result, index) => ({ suffix: outputs[index]?.suffix, ...result }));
  const body = `${JSON.stringify({ outputs: list })}\n`;
  // Its owner was looked at.
  await writeOutput(
    store,
    { ...destination, checkOwner: undefined },
    { suffix: INDEX_SUFFIX, body, contentType: 'application/json' },
  );
}

function checkKey(key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes <= MAX_KEY_BYTES) return key;
  throw new TaskError(
    'ProcessorError',
    `the output ${key} has a key of ${bytes} bytes: S3 allows ${MAX_KEY_BYTES}`,
  );
}

function previewOf({ preview, body }: CheckedOutput): string {
  const text = preview ?? (typeof body === 'string' ? body : '');
  if (text.length <= PREVIEW_CHARACTERS) return text;
  return Array.from(text.slice(0, 2 * PREVIEW_CHARACTERS))
    .slice(0, PREVIEW_CHARACTERS)
    .join('');
}

/** What an execution would process. */
import type { ExecutionInput } from '../../runtime/contract';
import { ObjectStore } from '../../runtime/s3/object-store';
import { previewSelection, type SelectionPreview } from '../../runtime/selector/preview';
import { SelectionError } from '../../runtime/selector/selection-error';
import { type Connection, outputPrefixOf } from '../deployment';
import { InvalidInputError } from '../errors';

export interface Preview extends SelectionPreview {
  /** The least number of tasks: a task holds fewer objects than `batch_size` if keys are long. */
  tasks: number;
}

const FIRST_KEYS = 10;

/**
 * Selects with the clients of this process, not with the selector function. Throws an InvalidInputError if the selector would
 * refuse the input.
 */
export async function previewInput(connection: Connection, input: ExecutionInput): Promise<Preview> {
  const { deployment } = connection;
  const {
    bucketName,
    outputBucketName,
    bucketAccesses,
    processors = {},
    processorEnvironment = '',
  } = deployment;
  const accesses = new Map(Object.entries(bucketAccesses));
  const { processor = deployment.processor ?? '', parameters = {}, force = false, batch_size = 1 } = input;
  const event = {
    ...input,
    processor,
    parameters,
    force,
    bucket: input.bucket ?? bucketName,
    output_bucket: outputBucketName,
    output_prefix: outputPrefixOf(deployment, input),
    started_at: new Date().toISOString(),
  };
  const s3 = {
    of: (bucket: string) => connection.s3Of(bucket),
    store: (bucket: string) => new ObjectStore(connection.s3Of(bucket), bucket, accesses.get(bucket)),
  };
  const context = { s3, ownBucket: bucketName, processors, environment: processorEnvironment };
  try {
    const preview = await previewSelection(event, context, FIRST_KEYS);
    return { ...preview, tasks: Math.ceil(preview.counts.selected / batch_size) };
  } catch (error) {
    if (error instanceof SelectionError) throw new InvalidInputError(`${error.message}.`);
    throw error;
  }
}

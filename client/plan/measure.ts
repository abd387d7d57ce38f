/** How long an object takes, from the results of a run. */
import type { _Object } from '@aws-sdk/client-s3';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { ExecutionInput, ObjectResult } from '../../runtime/contract';
import { type Connection, outputPrefixOf } from '../deployment';
import { readSucceeded } from '../results/results';
import type { PlanBasis } from './estimate';

/** Averages of the objects that were processed, from the results. */
export interface Measurement
  extends Pick<
    PlanBasis,
    'processorSeconds' | 'storageSeconds' | 'outputsPerObject' | 'outputBytesPerObject'
  > {
  /** Name of the execution. */
  execution: string;
  /** Objects that were measured. */
  objects: number;
}

/** Objects are similar: this many of a run are enough. */
const ENOUGH = 10_000;
/** Runs that are looked at, the newest first. */
const RUNS = 20;

/**
 * Undefined if the run has processed no object with the input's processor. `manifest`: of its results. The results do not name the
 * processor, and one without outputs leaves no trace in them. With `isNamed`, the caller knows that the run is of this one.
 */
export async function measureResults(
  connection: Connection,
  manifest: string,
  input: ExecutionInput,
  { isNamed }: { isNamed: boolean },
): Promise<Measurement | undefined> {
  const { clients, deployment } = connection;
  const outputPrefix = outputPrefixOf(deployment, input);
  const sums = { objects: 0, processor: 0, storage: 0, outputs: 0, bytes: 0 };
  for await (const result of readSucceeded(clients.s3, deployment.bucketName, manifest)) {
    const isWithoutTrace = result.status === 'success' && result.processed_key === '';
    if (isWithoutTrace ? !isNamed : !isAlike(result, outputPrefix)) continue;
    sums.objects += 1;
    const { processing_time: whole, processor_time: processor = whole } = result;
    sums.processor += processor;
    sums.storage += Math.max(whole - processor, 0);
    sums.outputs += result.outputs?.length ?? (result.processed_key ? 1 : 0);
    sums.bytes += result.bytes_out;
    if (sums.objects === ENOUGH) break;
  }
  const { objects, processor, storage, outputs, bytes } = sums;
  if (objects === 0) return undefined;
  return {
    execution: executionOf(connection, manifest),
    objects,
    processorSeconds: processor / objects,
    storageSeconds: storage / objects,
    outputsPerObject: outputs / objects,
    outputBytesPerObject: bytes / objects,
  };
}

/** The measurement of the newest run that has processed objects with the input's processor; undefined if there is none. */
export async function findMeasurement(
  connection: Connection,
  input: ExecutionInput,
): Promise<Measurement | undefined> {
  const { clients, deployment } = connection;
  const query = { Bucket: deployment.bucketName, Prefix: deployment.resultsPrefix };
  const manifests: _Object[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: clients.s3 }, query))
    manifests.push(...Contents.filter(({ Key }) => Key?.endsWith('/manifest.json')));
  manifests.sort((a, b) => Number(b.LastModified) - Number(a.LastModified));
  for (const { Key = '' } of manifests.slice(0, RUNS)) {
    const found = await measureResults(connection, Key, input, { isNamed: false });
    if (found) return found;
  }
  return undefined;
}

/** The prefix of outputs shows the processor. */
function isAlike({ status, object_key, processed_key }: ObjectResult, outputPrefix: string): boolean {
  return status === 'success' && processed_key.startsWith(`${outputPrefix}${object_key}`);
}

function executionOf({ deployment }: Connection, manifest: string): string {
  return manifest.slice(deployment.resultsPrefix.length).split('/')[0] ?? '';
}

/** Compares the outputs and results of a run with its inputs. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  type BatchProcessor,
  type Execution,
  type ExecutionInput,
  NoResultsError,
  type ProcessorDescription,
} from '../../client';
import { INDEX_SUFFIX } from '../../runtime/processor/suffix';
import { parseProvenance } from '../../runtime/provenance';
import type { UploadedObject } from './objects';

/** Returns why an output is wrong; undefined if it is right. */
type ContentCheck = (object: UploadedObject, output: Readable) => Promise<string | undefined>;

/** By the processor's name; of others only the provenance can be verified. */
const CONTENT_CHECKS: Partial<Record<string, ContentCheck>> = {
  checksum: async (object, output) => {
    let text = '';
    for await (const chunk of output.setEncoding('utf8')) text += chunk;
    const { key, size, sha256 } = JSON.parse(text);
    if (key === object.key && size === object.size && sha256 === object.sha256) return undefined;
    return `its record is ${text.trim()}, but it has ${object.size} bytes and SHA-256 ${object.sha256}`;
  },
  gzip: async (object, output) => {
    const hash = createHash('sha256');
    for await (const chunk of output.pipe(createGunzip())) hash.update(chunk);
    return hash.digest('hex') === object.sha256 ? undefined : 'its unzipped output differs from the input';
  },
};

export interface Verification {
  /** One line each; empty if everything is right. */
  differences: string[];
  /** The processors that wrote the outputs, `<name>@<version>`: one, unless something is wrong. */
  processors: string[];
  /** Whether the content was compared, or only the existence and provenance of the outputs. */
  contentCompared: boolean;
}

export async function verifyOutputs(
  batch: BatchProcessor,
  input: ExecutionInput,
  objects: UploadedObject[],
): Promise<Verification> {
  const { outputBucketName, processor: own = '', processors: known = {} } = batch.deployment;
  const suffixes = suffixesOf(known[input.processor ?? own]);
  const differences: string[] = [];
  const processors = new Set<string>();
  let contentCompared = true;
  for (const { object, suffix } of objects.flatMap((object) =>
    suffixes.map((suffix) => ({ object, suffix })),
  )) {
    const key = `${batch.outputPrefix(input)}${object.key}${suffix}`;
    try {
      const answer = await readOutput(batch.s3Of(outputBucketName), outputBucketName, key);
      const { etag, processor = '', version } = parseProvenance(answer.metadata) ?? {};
      processors.add(`${processor}@${version}`);
      if (etag !== object.etag) differences.push(`${key}: it is from version ${etag}`);
      const check = CONTENT_CHECKS[processor];
      contentCompared &&= check !== undefined;
      const difference = await check?.(object, answer.body);
      answer.body.destroy();
      if (difference) differences.push(`${key}: ${difference}`);
    } catch (error) {
      differences.push(`${key}: it cannot be read: ${describe(error)}`);
    }
  }
  return { differences, processors: [...processors], contentCompared };
}

/** Suffixes of the outputs that every object has. */
function suffixesOf(processor: ProcessorDescription | undefined): readonly string[] {
  if (!processor || 'error' in processor) return [''];
  return processor.outputs === 'dynamic' ? [INDEX_SUFFIX] : processor.outputs;
}

/** The results must name each object exactly once, and nothing else. */
export async function verifyResults(execution: Execution, objects: UploadedObject[]): Promise<string[]> {
  const times = new Map(objects.map(({ key }) => [key, 0]));
  const differences: string[] = [];
  try {
    for await (const { object_key: key } of execution.successes()) {
      const before = times.get(key);
      if (before === undefined) differences.push(`${key}: is in the results, but the test did not upload it`);
      else times.set(key, before + 1);
    }
  } catch (error) {
    if (!(error instanceof NoResultsError)) throw error;
    return [error.message];
  }
  for (const [key, count] of times) {
    if (count !== 1) differences.push(`${key}: appears ${count} times among the successful results`);
  }
  return differences;
}

async function readOutput(s3: S3Client, bucket: string, key: string) {
  const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return { body: Body as Readable, metadata: Metadata ?? {} };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

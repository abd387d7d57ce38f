/** One object, from S3 through the processor to S3. */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectResult } from '../../contract';
import { log } from '../../log';
import type { Output, Processor, SourceObject } from '../../processor';
import { TaskError } from '../task-error';
import { processorError, storageError } from './failure';
import type { TaskOfObject } from './messages';
import { openSource, type Provenance, readProvenance, writeOutput } from './storage';

export interface ProcessingContext {
  s3: S3Client;
  processorName: string;
  processor: Processor;
  workerId: string;
  parameters: object;
}

const MAX_KEY_BYTES = 1024;
const PREVIEW_CHARACTERS = 256;

/** Processes one object of a task, or skips it. Throws a TaskError. */
export async function processObject(
  task: TaskOfObject,
  key: string,
  context: ProcessingContext,
): Promise<ObjectResult> {
  const startedAt = new Date();
  const outputKey = task.output_prefix + key;
  log.info('Processing S3 object', {
    bucket: task.bucket,
    key,
    execution: task.execution,
    attempt: task.attempt,
  });
  checkKey(key, outputKey);

  const processor = `${context.processorName}@${context.processor.definition.version ?? '1'}`;
  const made: Partial<Provenance> = task.force
    ? {}
    : await readProvenance(context.s3, task.bucket, outputKey);
  const upToDateEtag = made.processor === processor ? made['source-etag'] : undefined;
  const source = await openSource(context.s3, task.bucket, key, upToDateEtag);

  const result = (
    status: ObjectResult['status'],
    content: string,
    bytesIn: number,
    bytesOut: number,
  ): ObjectResult => {
    const endedAt = new Date();
    return {
      object_key: key,
      processed_key: outputKey,
      content,
      processing_time: (endedAt.getTime() - startedAt.getTime()) / 1000,
      started_at: startedAt.toISOString(),
      processed_at: endedAt.toISOString(),
      worker_id: context.workerId,
      attempt: task.attempt,
      bytes_in: bytesIn,
      bytes_out: bytesOut,
      status,
    };
  };

  if (source === 'unchanged') {
    log.info('S3 object skipped', { key, reason: 'its output is up to date' });
    return result('skipped', '', 0, 0);
  }
  if (key.endsWith('/') && source.size === 0) {
    source.body.destroy();
    log.info('S3 object skipped', { key, reason: 'it is a folder marker' });
    return result('skipped', '', 0, 0);
  }

  const output = await transform({ ...source, attempt: task.attempt }, outputKey, context, {
    'source-etag': source.etag,
    processor,
  });
  const done = result('success', output.preview, source.size, output.bytes);
  log.info('S3 object processed successfully', {
    key,
    processed_key: outputKey,
    seconds: done.processing_time,
  });
  return done;
}

/** Throws a TaskError for what S3 would refuse, or could not even be asked for. */
function checkKey(key: string, outputKey: string): void {
  const bytes = Buffer.from(outputKey);
  if (bytes.length > MAX_KEY_BYTES) {
    const message = `${outputKey} would be the output's key: ${bytes.length} bytes, S3 allows ${MAX_KEY_BYTES}`;
    throw new TaskError('OutputKeyTooLong', message);
  }
  // JSON can hold half a surrogate pair, UTF-8 cannot.
  if (bytes.toString() !== outputKey)
    throw new TaskError('ObjectNotFound', `${key} is not Unicode, as every key is`);
}

/** Runs the processor and uploads what it returns, telling apart which of the three streams' ends failed. */
async function transform(
  source: SourceObject,
  outputKey: string,
  context: ProcessingContext,
  provenance: Provenance,
): Promise<{ bytes: number; preview: string }> {
  let readFailure: TaskError | undefined;
  let outputFailure: TaskError | undefined;
  source.body.on('error', (error) => {
    readFailure = storageError(error, `reading ${source.key} broke off`);
  });
  try {
    const output = await (
      context.processor.definition as never as { process(s: SourceObject, c: object): Promise<Output> }
    ).process(source, {
      parameters: context.processor.definition.parameters?.parse(context.parameters),
      env: process.env,
    });
    if (output.body instanceof Readable) {
      finished(output.body, { writable: false }).catch((error) => {
        outputFailure = processorError(error);
      });
    }
    const bytes = await writeOutput(
      context.s3,
      { bucket: source.bucket, key: outputKey, sourceSize: source.size },
      output,
      provenance,
    ).catch((error) => {
      throw outputFailure ?? storageError(error, `${outputKey} could not be written`);
    });
    return { bytes, preview: preview(output) };
  } catch (error) {
    throw readFailure ?? processorError(error);
  } finally {
    source.body.destroy();
  }
}

function preview(output: Output): string {
  const text = output.preview ?? (typeof output.body === 'string' ? output.body : '');
  return Array.from(text.slice(0, 2 * PREVIEW_CHARACTERS))
    .slice(0, PREVIEW_CHARACTERS)
    .join('');
}

/** The options that make the input of an execution. */
import { type Command, Option } from 'commander';
import type { ExecutionInput } from '../../client';
import { MANIFEST_FORMATS } from '../../runtime/selector/manifest/format';
import { executionReference, number, wholeNumber } from '../cli/parsers';
import { UsageError } from '../cli/usage-error';
import { manifestReference } from './local-manifest';
import { type SelectionOptions, selectOf } from './selection-options';

export interface InputOptions extends SelectionOptions {
  manifest?: string;
  manifestFormat?: NonNullable<ExecutionInput['manifest']>['format'];
  manifestColumn?: string | number;
  key?: string[];
  bucket?: string;
  retryFailed?: string;
  batchSize?: number;
  toleratedFailurePercentage?: number;
  force?: boolean;
}

export function addInputOptions(command: Command): Command {
  return command
    .option(
      '--manifest <key or file>',
      'instead of a prefix: an object in the bucket, or a file here (./…), that lists keys: JSON Lines, CSV, a key or s3:// URL a line, or the manifest.json of S3 Inventory, example: manifests/keys.jsonl or ./keys.txt',
      manifestReference,
    )
    .addOption(
      new Option(
        '--manifest-format <format>',
        'format of the manifest (default: detected from content and name), example: csv',
      ).choices(MANIFEST_FORMATS),
    )
    .option(
      '--manifest-column <column>',
      'CSV column with the keys: its header, or its position from 1 (default: a header that says key), example: path',
      (text) => (/^[1-9]\d*$/.test(text) ? Number(text) : text),
    )
    .option(
      '--key <key...>',
      'instead of a prefix: these objects, example: --key data/empty.txt data/README.txt',
    )
    .option(
      '--bucket <name>',
      "where the objects are, one of readBuckets (default: the deployment's bucket), example: archive",
    )
    .option(
      '--retry-failed <execution>',
      'instead of a prefix: only the objects that failed in this execution (name or ARN), which has ended and has its results in the bucket, example: --retry-failed nightly-7',
      executionReference,
    )
    .option(
      '--batch-size <objects>',
      'objects per task, 1 to 1000; a task holds fewer if keys are long (default: 1), example: 50',
      wholeNumber,
    )
    .option(
      '--tolerated-failure-percentage <percent>',
      'percentage of objects that may fail; if one object of a task fails, all of them count (default: 10; with 0, the first object that fails after its retries ends the run), example: 5',
      number,
    )
    .option(
      '--force',
      'process objects again even if their output is up to date (default: skip them), example: --force',
    );
}

/** Without the objects of `retryFailed`. Throws a UsageError if more than one option selects objects. */
export function executionInput(
  workers: number,
  prefix: string | undefined,
  options: InputOptions,
): ExecutionInput {
  const sources = [
    prefix !== undefined && 'a prefix',
    options.manifest !== undefined && '--manifest',
    options.key && '--key',
    options.retryFailed !== undefined && '--retry-failed',
  ];
  const given = sources.filter(Boolean);
  const select = selectOf(options);
  if (given.length > 1)
    throw new UsageError(`Give only one of ${given.join(' and ')}: each says which objects to process.`);
  const orphan =
    options.manifest === undefined &&
    (options.manifestFormat
      ? '--manifest-format'
      : options.manifestColumn !== undefined && '--manifest-column');
  if (orphan) throw new UsageError(`${orphan} says how a manifest is read: give --manifest, too.`);
  return {
    worker_count: workers,
    ...(options.key && { objects: options.key.map((Key) => ({ Key })) }),
    ...(options.manifest !== undefined && {
      manifest: {
        Key: options.manifest,
        ...(options.manifestFormat && { format: options.manifestFormat }),
        ...(options.manifestColumn !== undefined && { column: options.manifestColumn }),
      },
    }),
    ...(select && { select }),
    ...(options.bucket !== undefined && { bucket: options.bucket }),
    ...(given.length === 0 && { prefix: 'input/' }),
    ...(prefix !== undefined && { prefix }),
    ...(options.toleratedFailurePercentage !== undefined && {
      tolerated_failure_percentage: options.toleratedFailurePercentage,
    }),
    ...(options.batchSize !== undefined && { batch_size: options.batchSize }),
    ...(options.force && { force: true }),
  };
}

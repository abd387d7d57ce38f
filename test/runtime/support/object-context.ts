/** The context that a slot has for its objects, in this process: a processor that a test defines, and a client of S3. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectResult } from '../../../runtime/contract';
import { defineProcessor, type ProcessorDefinition, type z } from '../../../runtime/processor';
import { ByteBudget } from '../../../runtime/worker/slot/byte-budget';
import { configureProcessor } from '../../../runtime/worker/slot/configured-processor';
import type { TaskOfObject } from '../../../runtime/worker/slot/messages';
import { OrphanProcesses } from '../../../runtime/worker/slot/orphan-processes';
import { processObject } from '../../../runtime/worker/slot/process-object';
import { ProcessorTurn } from '../../../runtime/worker/slot/processor-turn';
import { ReadAhead } from '../../../runtime/worker/slot/read-ahead';
import { s3Of } from './s3-of';
import { taskOf } from './task-cloud';

// biome-ignore lint/suspicious/noExplicitAny: a test's processor may have any schema and state.
export type AnyDefinition = ProcessorDefinition<z.ZodObject<any>, any>;

export interface ProcessOptions extends Partial<TaskOfObject> {
  name?: string;
  /** The environment that the deployment gives to processors. */
  environment?: Record<string, string>;
  onSpent?(): void;
  /** Called when the processor is to be set up. */
  onSetUp?(): void;
  isRepeated?: boolean;
}

/** The folder is made for a processor that uses its scratch folder. */
export const SCRATCH_FOLDER = join(tmpdir(), `object-context-${process.pid}`);

/** Processes one object. The version is the definition's, else `files`. */
export async function processWith(
  s3: S3Client,
  key: string,
  definition: AnyDefinition,
  {
    name = 'upper',
    environment = {},
    onSpent = () => {},
    onSetUp = () => {},
    isRepeated = false,
    ...task
  }: ProcessOptions = {},
): Promise<ObjectResult> {
  const { definition: complete, parametersSchema } = defineProcessor(definition);
  const variables = { ...environment, PROCESSOR_VARIABLES: Object.keys(environment).join(',') };
  const version = complete.version ?? 'files';
  const loaded = { name, folder: '', definition: complete, parametersSchema, version };
  const processor = await configureProcessor(loaded, task.parameters ?? {}, variables);
  const { objects: _, ...rest } = { ...taskOf(key), processor: name, ...task };
  return processObject(rest, key, {
    processor,
    s3: s3Of(s3),
    scratchFolder: SCRATCH_FOLDER,
    orphans: new OrphanProcesses(),
    workerId: 'worker',
    isRepeated,
    turn: new ProcessorTurn(),
    readAhead: new ReadAhead(0),
    writeBehind: new ByteBudget(0),
    onStage: () => {},
    setUp: async () => onSetUp(),
    spend: onSpent,
    isSpent: () => false,
  });
}

/** A definition whose objects end with this outcome. */
export const returning = (
  process: AnyDefinition['process'],
  more: Partial<AnyDefinition> = {},
): AnyDefinition => ({ version: '1', ...more, process });

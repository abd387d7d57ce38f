/** The interface of a processor: your code, which processes every object. */
import { inspect } from 'node:util';
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import type { SourceObject } from './object';
import type { Output } from './output';
import { parametersSchema } from './parameters-schema';
import { suffixProblem } from './suffix';

/** Writes a log line that carries the object's key. */
export interface ProcessorLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface SetupContext<Parameters> {
  /** The execution's parameters, with the defaults filled in. */
  parameters: Parameters;
  /** The environment variables that the deployment gives to processors, among those of the process. */
  env: NodeJS.ProcessEnv;
  log: ProcessorLog;
  /** Path of the processor's folder: the files beside its index.ts. */
  folder: string;
  /** A client with the worker's own rights, for a lookup file, say. */
  s3: S3Client;
}

export interface ProcessContext<Parameters, State> extends SetupContext<Parameters> {
  /** What `setup` returned. */
  state: State;
  /** Aborted when the attempt ends before `process` does. The process of the slot ends soon after. */
  readonly signal: AbortSignal;
  /** Path of an empty folder for this object alone. It goes when the object is done. */
  readonly scratch: string;
}

export interface ProcessorDefinition<
  Schema extends z.ZodObject = z.ZodObject<Record<never, never>>,
  State = undefined,
> {
  /** One line for `scripts/processors.ts`. */
  description?: string;
  /**
   * Up to 64 letters, digits, dots, hyphens and underscores. Default: a hash of the processor's files, its packages' locked
   * versions, apt.txt and requirements.txt. An output of another version is made again.
   */
  version?: string;
  /**
   * Suffixes of the outputs of each object; `process` returns every one exactly once. Default: `['']`, one output of the object's own key.
   * `[]`: no output, so objects are never skipped. `'dynamic'`: they depend on the content. An index object lists them: `<output
   * prefix><key>.outputs.json`.
   */
  outputs?: readonly string[] | 'dynamic';
  /** The parameters that an execution may set (`--param NAME=VALUE`), with their defaults. Default: none. */
  parameters?: Schema;
  /**
   * Runs once in each slot, before the first object that is not skipped: to load a model or to start a server, say. A slot has one set
   * of parameters. If it throws, the object fails, and it runs again for the next one.
   */
  setup?(context: SetupContext<z.output<Schema>>): State | Promise<State>;
  /**
   * Turns one object into its outputs. It runs in a process of its own, and may block. A thrown error is retried up to 3 times
   * with backoff, a `PermanentError` is not. A call that has not settled at the object's deadline ends with its process. A child
   * process that it starts ends with the object, unless `setup` started it.
   */
  process(
    object: SourceObject,
    context: ProcessContext<z.output<Schema>, State>,
  ): Promise<Returned> | Returned;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a processor without outputs has nothing to return.
type Returned = Output | Output[] | undefined | void;

/** A processor as a slot runs it: the default export of `processors/<name>/index.ts`. */
export interface Processor {
  readonly definition: Required<Pick<ProcessorDefinition, 'outputs'>> &
    ProcessorDefinition<z.ZodObject, unknown>;
  /** The parameters as JSON Schema, draft 2020-12, of what an execution gives. */
  readonly parametersSchema: object;
}

/** The version is in the metadata of each output. */
const VERSION = /^[A-Za-z0-9._-]{1,64}$/;

/** Throws an Error if the definition itself is wrong. */
export function defineProcessor<
  Schema extends z.ZodObject = z.ZodObject<Record<never, never>>,
  State = undefined,
>(definition: ProcessorDefinition<Schema, State>): Processor {
  const { outputs = [''], parameters = z.object({}), version, process, setup } = definition;
  if (typeof process !== 'function')
    throw new Error('process is missing: it turns an object into its outputs');
  if (setup !== undefined && typeof setup !== 'function') throw new Error('setup is not a function');
  if (version !== undefined && (typeof version !== 'string' || !VERSION.test(version)))
    throw new Error(
      `version is ${inspect(version)}: give 1 to 64 letters, digits, dots, hyphens and underscores`,
    );
  if (outputs !== 'dynamic') checkSuffixes(outputs);
  if (!(parameters instanceof z.ZodObject))
    throw new Error('parameters is not a schema: give z.object({ … })');
  return {
    definition: { ...(definition as ProcessorDefinition<z.ZodObject, unknown>), outputs, parameters },
    parametersSchema: parametersSchema(parameters),
  };
}

/** A suffix that ends with another would give two objects one output's key: `a` + `.b.c` is `a.b` + `.c`. */
function checkSuffixes(suffixes: readonly string[]): void {
  if (!Array.isArray(suffixes))
    throw new Error(`outputs is ${inspect(suffixes)}: give a list of suffixes, or 'dynamic'`);
  for (const [index, suffix] of suffixes.entries()) {
    const problem = suffixProblem(suffix);
    if (problem) throw new Error(`outputs: the suffix ${inspect(suffix)} ${problem}`);
    if (suffixes.indexOf(suffix) !== index) throw new Error(`outputs: the suffix '${suffix}' appears twice`);
    const end = suffixes.find((other) => other !== suffix && suffix.endsWith(other));
    if (end !== undefined)
      throw new Error(
        `outputs: the suffix '${suffix}' ends with another one, '${end}': two objects could share a key`,
      );
  }
}

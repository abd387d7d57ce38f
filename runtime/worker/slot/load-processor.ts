/** Loads a processor as the build has left it: `processors/<name>/index.mjs` in the worker's folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Processor } from '../../processor';
import { TaskError } from '../task-error';
import { describeError } from './errors/describe-error';
import { userStack } from './errors/user-stack';

export interface LoadedProcessor {
  name: string;
  /** The files beside its module. */
  folder: string;
  definition: Processor['definition'];
  parametersSchema: object;
  /** Its own, or that of its files. */
  version: string;
}

/** Throws a TaskError, `ProcessorNotLoaded`. */
export async function loadProcessor(workerFolder: string, name: string): Promise<LoadedProcessor> {
  const folder = join(workerFolder, 'processors', name);
  const processor = await importProcessor(join(folder, 'index.mjs'), name, workerFolder);
  const version = processor.definition.version ?? (await readVersions(workerFolder))[name];
  if (version === undefined)
    throw new TaskError(
      'ProcessorNotLoaded',
      `processors/versions.json has no version of ${name}: build it again`,
    );
  const { definition, parametersSchema } = processor;
  return { name, folder, definition, parametersSchema, version };
}

async function importProcessor(path: string, name: string, workerFolder: string): Promise<Processor> {
  let module: { default?: Partial<Processor> };
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    const stack = userStack(error, workerFolder);
    // The error of a missing package has no frame, and names the file itself.
    const [place] = /[^\s(]+:\d+:\d+/.exec(stack ?? '') ?? [];
    throw new TaskError(
      'ProcessorNotLoaded',
      `processors/${name} does not load: ${describeError(error)}${place ? ` (${place})` : ''}`,
      stack,
    );
  }
  const { definition, parametersSchema } = module.default ?? {};
  if (typeof definition?.process !== 'function' || !parametersSchema)
    throw new TaskError(
      'ProcessorNotLoaded',
      `processors/${name} exports no processor by default: write \`export default defineProcessor({ … })\``,
    );
  return module.default as Processor;
}

async function readVersions(workerFolder: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(join(workerFolder, 'processors', 'versions.json'), 'utf8'));
  } catch (error) {
    throw new TaskError(
      'ProcessorNotLoaded',
      `processors/versions.json cannot be read: ${describeError(error)}`,
    );
  }
}

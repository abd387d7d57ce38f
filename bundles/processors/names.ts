/** The processors that there are: the folders that hold a module. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A name appears in keys of outputs, in metadata and in commands. */
export const PROCESSOR_NAME = /^[a-z][a-z0-9-]{0,39}$/;

const MODULES = ['index.ts', 'index.mts', 'index.js', 'index.mjs'];

/** Sorted. `folder`: path of the folder of processors. */
export function processorNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => modulesOf(join(folder, entry.name)).length > 0)
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules')
    .sort();
}

/** Paths of the modules that a processor's folder may have; one has several by mistake. */
export function modulesOf(folder: string): string[] {
  return MODULES.map((name) => join(folder, name)).filter((path) => existsSync(path));
}

/** The version of a processor that does not declare one: a hash of everything of its own that its outputs may depend on. */
import { createHash } from 'node:crypto';
import { constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, hashFile } from '../files';
import type { BuiltProcessor } from './build';
import { type ProcessorsFolder, pathOf } from './folder';
import type { ProcessorPackages } from './packages';

/** Files that name the Debian and Python packages of the image, for all processors. */
export const SYSTEM_FILES = ['apt.txt', 'requirements.txt'];

/** Python packages that requirements.txt names by their paths: paths relative to the folder of processors. */
export function wheelsOf({ path }: ProcessorsFolder): string[] {
  const folder = join(path, 'wheels');
  if (!existsSync(folder)) return [];
  return filesOf(folder)
    .filter((name) => name.endsWith('.whl'))
    .map((name) => `wheels/${name}`);
}

/**
 * 16 hexadecimal digits. The code of the framework is not in it, nor are packages that the processor does not import: a new
 * version of this project makes no output again. Where the folder of processors is, and how it is called, makes no difference.
 */
export function versionOf(
  { sources, assets, packages }: BuiltProcessor,
  processors: ProcessorsFolder,
  locked: ProcessorPackages,
): string {
  const hash = createHash('sha256');
  const add = (...texts: string[]) => {
    for (const text of texts) hash.update(`${text.length}\0`).update(text);
  };
  const system = [...SYSTEM_FILES, ...wheelsOf(processors)].map((file) => `${processors.name}/${file}`);
  for (const path of [...new Set([...sources, ...assets, ...system])].sort()) {
    const file = pathOf(processors, path);
    if (!existsSync(file)) continue;
    const { size, mode } = statSync(file);
    add(`processors${path.slice(processors.name.length)}`, `${size} ${mode & constants.S_IXUSR}`);
    hashFile(hash, file);
  }
  for (const { path, version, integrity } of locked.locked(packages)) add(path, version, integrity);
  return hash.digest('hex').slice(0, 16);
}

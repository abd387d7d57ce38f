/** The version of a processor that does not declare one: a hash of everything of its own that its outputs may depend on. */
import { createHash } from 'node:crypto';
import { constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../root';
import { filesOf, hashFile } from '../files';
import type { BuiltProcessor } from './build';
import type { ProcessorPackages } from './packages';

/** Paths, relative to the project, of what says which programs the image holds for every processor. */
export function systemFiles(): string[] {
  const wheels = join(ROOT, WHEELS);
  const files = ['processors/apt.txt', 'processors/requirements.txt'];
  const own = existsSync(wheels) ? filesOf(wheels).filter((name) => name.endsWith('.whl')) : [];
  return [...files, ...own.map((name) => `${WHEELS}/${name}`)].filter((path) => existsSync(join(ROOT, path)));
}

/** Python packages that requirements.txt names by their paths. */
const WHEELS = 'processors/wheels';

/**
 * 16 hexadecimal digits. The code of the framework is not in it, nor are packages that the processor does not import: a new
 * version of this project makes no output again.
 */
export function versionOf({ sources, assets, packages }: BuiltProcessor, locked: ProcessorPackages): string {
  const hash = createHash('sha256');
  const add = (...texts: string[]) => {
    for (const text of texts) hash.update(`${text.length}\0`).update(text);
  };
  for (const path of [...new Set([...sources, ...assets, ...systemFiles()])].sort()) {
    const file = join(ROOT, path);
    if (!existsSync(file)) continue;
    const { size, mode } = statSync(file);
    add(path, `${size} ${mode & constants.S_IXUSR}`);
    hashFile(hash, file);
  }
  for (const { path, version, integrity } of locked.locked(packages)) add(path, version, integrity);
  return hash.digest('hex').slice(0, 16);
}

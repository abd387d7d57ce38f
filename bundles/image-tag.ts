/** The tag of the worker's image: a hash of what the image holds and how it is built. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root';
import { filesOf } from './files';
import { ProcessorPackages } from './processors/packages';
import { SYSTEM_FILES } from './processors/version';

/** Of the lock file, only the part of the workspace counts: a new version of a tool of the project builds no image. */
export function imageTag(workerFolder: string, architecture: string): string {
  const packages = new ProcessorPackages(ROOT);
  const hash = createHash('sha256').update(architecture);
  const add = (name: string, contents: string | Uint8Array) =>
    hash.update(`\0${name}\0${contents.length}\0`).update(contents);
  for (const file of filesOf(workerFolder)) add(file, readFileSync(join(workerFolder, file)));
  for (const file of ['Dockerfile', 'processors/package.json', ...SYSTEM_FILES]) {
    if (existsSync(join(ROOT, file))) add(file, readFileSync(join(ROOT, file)));
  }
  add('package-lock.json', JSON.stringify(packages.locked(packages.declared)));
  return hash.digest('hex').slice(0, 16);
}

/** The tag of the worker's image: a hash of what the image holds and how it is built. */
import { createHash } from 'node:crypto';
import { constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root';
import { filesOf, hashFile } from './files';
import { ProcessorPackages } from './processors/packages';
import { systemFiles } from './processors/version';

const INSTALL = 'bundles/install';

/** Of the lock file, only the part of the workspace counts: a new version of a tool of the project builds no image. */
export function imageTag(workerFolder: string, architecture: string): string {
  const packages = new ProcessorPackages(ROOT);
  const hash = createHash('sha256').update(architecture);
  const addFile = (name: string, path: string) => {
    const { size, mode } = statSync(path);
    hash.update(`\0${name}\0${size}\0${mode & constants.S_IXUSR}\0`);
    hashFile(hash, path);
  };
  for (const file of filesOf(workerFolder)) addFile(file, join(workerFolder, file));
  const install = filesOf(join(ROOT, INSTALL)).map((file) => `${INSTALL}/${file}`);
  for (const file of ['Dockerfile', 'processors/package.json', ...systemFiles(), ...install]) {
    if (existsSync(join(ROOT, file))) addFile(file, join(ROOT, file));
  }
  const { declared } = packages;
  hash.update(JSON.stringify([packages.locked(declared), packages.allowedScripts(declared)]));
  return hash.digest('hex').slice(0, 16);
}

/** The files of a processor's folder that travel with it. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { BuildError } from './build-error';
import { nameOf, type ProcessorsFolder } from './folder';

/** What tools leave there: hidden files, caches, packages. */
const LEFTOVER = /^(\..*|__pycache__|node_modules)$/;

/** What CDKTF can copy beside the stack: it reads each file whole. */
const MAX_BYTES = 2 ** 31 - 1;

/** Paths of the files below `folder`, relative to it, sorted. Links are followed. Throws a BuildError on one that cannot be. */
export function filesBeside(folder: string, processors: ProcessorsFolder, below = ''): string[] {
  return readdirSync(join(folder, below))
    .filter((name) => !LEFTOVER.test(name))
    .flatMap((name) => {
      const path = join(below, name);
      checkLink(join(folder, path), processors);
      const stats = statSync(join(folder, path));
      if (stats.isDirectory()) return filesBeside(folder, processors, path);
      if (stats.size > MAX_BYTES) {
        throw new BuildError(
          `${nameOf(processors, join(folder, path))} is larger than 2 GiB: put it into S3, and read it in \`setup\``,
        );
      }
      // A socket or a pipe is not content.
      return stats.isFile() ? [path] : [];
    })
    .sort();
}

/** Throws a BuildError for a link that leads nowhere, out of the folder of processors (other checkouts do not have it), or to itself. */
export function checkLink(path: string, processors: ProcessorsFolder): void {
  const where = nameOf(processors, path);
  let target: string;
  try {
    target = realpathSync(path);
  } catch {
    throw new BuildError(`${where} is a link to a file that does not exist`);
  }
  if (!target.startsWith(processors.path + sep))
    throw new BuildError(
      `${where} is a link to ${target}, outside of ${processors.name}/: copy it, since other checkouts do not have it`,
    );
  if (`${realpathSync(join(path, '..'))}${sep}`.startsWith(`${target}${sep}`))
    throw new BuildError(`${where} is a link to a folder that it is in`);
}

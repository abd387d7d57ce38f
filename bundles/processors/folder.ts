/** The files of a processor's folder that travel with it. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { BuildError } from './build-error';
import { PROCESSORS } from './names';

/** What tools leave there: hidden files, caches, packages. */
const LEFTOVER = /^(\..*|__pycache__|node_modules)$/;

/** What CDKTF can copy beside the stack: it reads each file whole. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Paths of a folder's files relative to it, sorted. Links are followed; throws a BuildError on one that leads out of processors/,
 * since the image's build gets no more than that, and would not find it.
 */
export function filesBeside(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below))
    .filter((name) => !LEFTOVER.test(name))
    .flatMap((name) => {
      const path = join(below, name);
      const stats = statSync(checked(join(folder, path)));
      if (stats.isDirectory()) return filesBeside(folder, path);
      if (stats.size > MAX_BYTES) {
        throw new BuildError(
          `${nameOf(join(folder, path))} is larger than 2 GiB: put it into S3, and read it in \`setup\``,
        );
      }
      // A socket or a pipe is no content.
      return stats.isFile() ? [path] : [];
    })
    .sort();
}

function checked(path: string): string {
  const where = nameOf(path);
  let target: string;
  try {
    target = realpathSync(path);
  } catch {
    throw new BuildError(`${where} is a link to a file that does not exist`);
  }
  const root = realpathSync(PROCESSORS) + sep;
  if (!target.startsWith(root))
    throw new BuildError(
      `${where} is a link to ${target}, outside of processors/: copy it, since the image's build does not get it`,
    );
  if (`${realpathSync(join(path, '..'))}${sep}`.startsWith(`${target}${sep}`))
    throw new BuildError(`${where} is a link to a folder that it is in`);
  return target;
}

function nameOf(path: string): string {
  return `processors/${relative(PROCESSORS, path).split(sep).join('/')}`;
}

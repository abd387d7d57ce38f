/** The worker's image: the build context, which is all that the image is made from, and the tag, which is the hash of that. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root';
import { type Contents, filesOf, hashContents, isExecutable } from './files';
import type { ProcessorsFolder } from './processors/folder';
import { ProcessorPackages } from './processors/packages';
import { SYSTEM_FILES, wheelsOf } from './processors/version';

const INSTALL = join('bundles', 'install');
/** Only the part of these that is for processors is hashed, so a new version of a tool of the project makes no new image. */
const SHARED_FILES = [
  'packages/package.json',
  'packages/package-lock.json',
  'packages/processors/package-lock.json',
];

/**
 * The files of the build context by their paths. The Dockerfile copies each of three folders into one of its stages: `system/` (what the
 * Debian and Python packages are chosen from), `packages/` (what npm installs from) and `worker/` (the bundle). So the sources of
 * processors, hidden files and what is installed on this machine stay out of it.
 */
export function imageContext(workerFolder: string, processors: ProcessorsFolder): Map<string, Contents> {
  const files = new Map<string, Contents>([['Dockerfile', { copyOf: join(ROOT, 'Dockerfile') }]]);
  for (const file of filesOf(join(ROOT, INSTALL)))
    files.set(join('system', INSTALL, file), { copyOf: join(ROOT, INSTALL, file) });
  for (const file of SYSTEM_FILES) {
    const path = join(processors.path, file);
    files.set(`system/processors/${file}`, existsSync(path) ? { copyOf: path } : '');
  }
  for (const wheel of wheelsOf(processors))
    files.set(`packages/processors/${wheel}`, { copyOf: join(processors.path, wheel) });
  for (const [path, contents] of npmFiles(processors)) files.set(`packages/${path}`, contents);
  for (const file of filesOf(workerFolder)) files.set(`worker/${file}`, { copyOf: join(workerFolder, file) });
  return files;
}

/** 16 hexadecimal digits. */
export function imageTag(
  context: Map<string, Contents>,
  processors: ProcessorsFolder,
  architecture: string,
): string {
  const packages = new ProcessorPackages(processors);
  const hash = createHash('sha256').update(architecture);
  for (const [path, contents] of [...context].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (SHARED_FILES.includes(path)) continue;
    hash.update(`\0${path}\0${isExecutable(contents)}\0`);
    hashContents(hash, contents);
  }
  const { declared } = packages;
  hash.update(JSON.stringify([packages.locked(declared), packages.allowedScripts(declared)]));
  return hash.digest('hex').slice(0, 16);
}

/** What npm reads, by the path that it has in the folder of the worker. */
function npmFiles({ path, isWorkspace }: ProcessorsFolder): [string, Contents][] {
  const manifest: [string, Contents] = ['processors/package.json', { copyOf: join(path, 'package.json') }];
  const [from, to] = isWorkspace ? [ROOT, ''] : [path, 'processors'];
  const names = isWorkspace
    ? ['package.json', 'package-lock.json', '.npmrc']
    : ['package-lock.json', '.npmrc'];
  const others = names
    .filter((file) => existsSync(join(from, file)))
    .map((file): [string, Contents] => [join(to, file), { copyOf: join(from, file) }]);
  return [manifest, ...others];
}

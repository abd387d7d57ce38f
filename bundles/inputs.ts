/**
 * What a result was made from, to tell whether it may be used again: the contents of its files, and what decides that modules are
 * these files and no others.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { ROOT } from '../root';
import { contentHash, keepHashes, resolutionOf } from './content-hashes';

/** Read from the folder of a module and from those above it: https://esbuild.github.io/content-types/#tsconfig-json */
const DECIDING = ['package.json', 'tsconfig.json'];
/** npm writes it whenever it installs anything. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
/** Files come and go there by npm alone, so nobody lists these folders, which have thousands. */
const IN_PACKAGES = /[\\/]node_modules([\\/]|$)/;
/** What tools install or write below a folder. */
const LEFTOVER = /^(node_modules|\.venv|__pycache__)$/;

/**
 * Hexadecimal. It changes with a file's content, when a file comes into a folder or goes, and when a file, folder or package comes
 * that an import could mean instead of one of the files. `inputs`: paths of files and folders, relative to the repository's root.
 */
export function digestOf(inputs: Iterable<string>): string {
  const files = filesIn(inputs);
  const hash = createHash('sha256');
  for (const [path, stats] of files) addFile(hash, path, stats);
  addFile(hash, INSTALLED, statsOf(INSTALLED));
  const folders = namesByFolder([...files.keys()]);
  for (const [folder, names] of folders) {
    if (IN_PACKAGES.test(folder)) {
      const path = join(folder, 'package.json');
      addFile(hash, path, statsOf(path));
      continue;
    }
    const entries = entriesOf(folder);
    const alike = entries.filter((name) => names.has(stemOf(name)));
    hash.update(`\0${fromRoot(folder)}\0${alike.join('\0')}`);
    for (const name of DECIDING) {
      const path = join(folder, name);
      if (entries.includes(name)) addFile(hash, path, statsOf(path));
    }
    const packages = join(folder, 'node_modules');
    if (entries.includes('node_modules') && !folders.has(packages))
      hash.update(packagesIn(packages).join('\0'));
  }
  keepHashes();
  return hash.digest('hex');
}

/**
 * Whether one of the inputs, a folder that it is in, or what npm has installed has changed since this time, in milliseconds since the epoch: what
 * was read meanwhile may not be what `digestOf` sees now. The root does not count, since commands put their own files there.
 */
export function haveChangedSince(time: number, inputs: Iterable<string>): boolean {
  const files = filesIn(inputs);
  const folders = [...files.keys()].map((file) => dirname(file)).filter((folder) => folder !== ROOT);
  const others = [...new Set(folders), INSTALLED].map(statsOf);
  return [...files.values(), ...others].some(
    (stats) => stats !== undefined && stats.mtimeMs > time - resolutionOf(stats.mtimeMs),
  );
}

/** By absolute path, sorted; of a folder, those of all its files. One that is not there has no `Stats`. */
function filesIn(inputs: Iterable<string>): Map<string, Stats | undefined> {
  const files = [...inputs].flatMap((input) => filesAt(inRoot(input)));
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function filesAt(path: string): [string, Stats | undefined][] {
  const stats = statsOf(path);
  if (!stats?.isDirectory()) return [[path, stats]];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !LEFTOVER.test(name))
    .flatMap((entry) => {
      const file = join(path, entry.name);
      return entry.isDirectory() ? filesAt(file) : [[file, statsOf(file)]];
    });
}

function statsOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** A path that needs more than to be appended to the root's. */
const NEEDS_RESOLVING = /^\/|^[a-z]:|(^|[\\/])\.\.?([\\/]|$)/i;

/** Thousands of paths are resolved: that takes as long as to ask the file system about them. */
function inRoot(input: string): string {
  return NEEDS_RESOLVING.test(input) ? resolve(ROOT, input) : `${ROOT}${sep}${input}`;
}

function fromRoot(path: string): string {
  return path.startsWith(ROOT + sep) ? path.slice(ROOT.length + 1) : relative(ROOT, path);
}

/** For each folder on the way from the root to a file: the names on the way, without extensions. */
function namesByFolder(files: string[]): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    for (let entry = file; entry !== ROOT && entry !== dirname(entry); entry = dirname(entry)) {
      const names = folders.get(dirname(entry));
      if (!names) {
        folders.set(dirname(entry), new Set([stemOf(basename(entry))]));
        continue;
      }
      // Everything above is known.
      names.add(stemOf(basename(entry)));
      break;
    }
  }
  return folders;
}

function stemOf(name: string): string {
  const dot = name.indexOf('.', 1);
  return dot < 0 ? name : name.slice(0, dot);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function packagesIn(folder: string): string[] {
  return entriesOf(folder).flatMap((name) =>
    name.startsWith('@') ? entriesOf(join(folder, name)).map((one) => `${name}/${one}`) : [name],
  );
}

/** What is not a file, or gone, has no content. */
function addFile(hash: Hash, path: string, stats: Stats | undefined): void {
  const { size, mode } = stats?.isFile() ? stats : { size: -1, mode: 0 };
  hash.update(`\0${fromRoot(path)}\0${size}\0${mode & constants.S_IXUSR}\0`);
  if (stats && size > 0) hash.update(contentHash(path, stats));
}

/**
 * What a result was made from, to tell whether it may be used again: the contents of its files, and what decides that modules are
 * these files and no others.
 */
import { createHash } from 'node:crypto';
import { constants, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
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
  const described = new Map<string, string>();
  visitFiles(inputs, (path, stats) => described.set(path, describeFile(path, stats)));
  const files = [...described.keys()].sort();
  const parts = files.map((path) => described.get(path));
  parts.push(describeFile(INSTALLED, statsOf(INSTALLED)));
  const folders = namesByFolder(files);
  for (const [folder, names] of folders) {
    if (IN_PACKAGES.test(folder)) {
      const path = `${folder}${sep}package.json`;
      parts.push(describeFile(path, statsOf(path)));
      continue;
    }
    const entries = entriesOf(folder);
    const alike = entries.filter((name) => names.has(stemOf(name)));
    parts.push(`\0${fromRoot(folder)}\0${alike.join('\0')}`);
    for (const name of DECIDING) {
      const path = join(folder, name);
      if (entries.includes(name)) parts.push(describeFile(path, statsOf(path)));
    }
    const packages = join(folder, 'node_modules');
    if (entries.includes('node_modules') && !folders.has(packages)) parts.push(...packagesIn(packages));
  }
  keepHashes();
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

/**
 * Whether one of the inputs, a folder that it is in, or what npm has installed has changed since this time, in milliseconds since the epoch: what
 * was read meanwhile may not be what `digestOf` sees now. The root does not count, since commands put their own files there.
 */
export function haveChangedSince(time: number, inputs: Iterable<string>): boolean {
  const others = new Set([INSTALLED]);
  let latest = 0;
  const see = (stats: Stats | undefined) => {
    if (stats) latest = Math.max(latest, stats.mtimeMs + resolutionOf(stats.mtimeMs));
  };
  visitFiles(inputs, (path, stats) => {
    see(stats);
    const folder = dirname(path);
    if (folder !== ROOT) others.add(folder);
  });
  for (const path of others) see(statsOf(path));
  return latest > time;
}

/** Takes an absolute path. A file that does not exist has no `Stats`. Thousands of `Stats` in memory cost the garbage collector time. */
type Visit = (path: string, stats: Stats | undefined) => void;

/** Visits each file; of a folder, all that are in it. */
function visitFiles(inputs: Iterable<string>, visit: Visit): void {
  for (const input of inputs) visitAt(inRoot(input), visit);
}

function visitAt(path: string, visit: Visit): void {
  const stats = statsOf(path);
  if (!stats?.isDirectory()) {
    visit(path, stats);
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (LEFTOVER.test(entry.name)) continue;
    const file = join(path, entry.name);
    if (entry.isDirectory()) visitAt(file, visit);
    else visit(file, statsOf(file));
  }
}

const IF_THERE = { throwIfNoEntry: false } as const;

function statsOf(path: string): Stats | undefined {
  return statSync(path, IF_THERE);
}

/** A path that needs more than to be appended to the root's. */
const NEEDS_RESOLVING = /^\/|^[a-z]:|(^|[\\/])\.\.?([\\/]|$)/i;

/** Thousands of paths are resolved: that takes as long as to ask the file system about them. */
function inRoot(input: string): string {
  return sep !== '/' || NEEDS_RESOLVING.test(input) ? resolve(ROOT, input) : `${ROOT}${sep}${input}`;
}

function fromRoot(path: string): string {
  return path.startsWith(ROOT + sep) ? path.slice(ROOT.length + 1) : relative(ROOT, path);
}

/** For each folder on the way from the root to a file: the names on the way, without extensions. */
function namesByFolder(files: string[]): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    for (let entry = file; entry !== ROOT; ) {
      const slash = entry.lastIndexOf(sep);
      const folder = entry.slice(0, slash) || sep;
      const name = stemOf(entry.slice(slash + 1));
      const names = folders.get(folder);
      names?.add(name);
      // Everything above is known.
      if (names) break;
      folders.set(folder, new Set([name]));
      if (folder === dirname(folder)) break;
      entry = folder;
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
function describeFile(path: string, stats: Stats | undefined): string {
  if (!stats?.isFile()) return `${fromRoot(path)}\0-1`;
  const { size, mode } = stats;
  return `${fromRoot(path)}\0${size}\0${mode & constants.S_IXUSR}\0${size > 0 ? contentHash(path, stats) : ''}`;
}

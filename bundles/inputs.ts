/**
 * What a result was made from, to tell whether it may be used again: the contents of its files, and what decides that modules are
 * these files and no others.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ROOT } from '../root';
import { hashFile } from './files';

/** Read from the folder of a module and from those above it: https://esbuild.github.io/content-types/#tsconfig-json */
const DECIDING = ['package.json', 'tsconfig.json'];
/** npm writes it whenever it installs anything. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
/** What tools install or write below a folder. */
const LEFTOVER = /^(node_modules|\.venv|__pycache__)$/;

/**
 * Hexadecimal. It changes with a file's content, when a file comes into a folder or goes, and when a file, folder or package comes
 * that an import could mean instead of one of the files. `inputs`: paths of files and folders, relative to the repository's root.
 */
export function digestOf(inputs: Iterable<string>): string {
  const files = filesIn(inputs);
  const hash = createHash('sha256');
  for (const path of [...files, INSTALLED]) addFile(hash, path);
  const folders = namesByFolder(files);
  for (const [folder, names] of folders) {
    const entries = entriesOf(folder);
    const alike = entries.filter((name) => names.has(stemOf(name)));
    hash.update(`\0${relative(ROOT, folder)}\0${alike.join('\0')}`);
    for (const name of DECIDING) if (entries.includes(name)) addFile(hash, join(folder, name));
    const packages = join(folder, 'node_modules');
    if (entries.includes('node_modules') && !folders.has(packages))
      hash.update(packagesIn(packages).join('\0'));
  }
  return hash.digest('hex');
}

/** Time stamps of a file system may lie behind the clock. */
const TIME_STAMP_MILLISECONDS = 2_000;

/**
 * Whether one of the inputs, a folder that it is in, or what npm has installed has changed since this time, in milliseconds since the epoch: what
 * was read meanwhile may not be what `digestOf` sees now. The root does not count, since commands put their own files there.
 */
export function haveChangedSince(time: number, inputs: Iterable<string>): boolean {
  const files = filesIn(inputs);
  const folders = files.map((file) => dirname(file)).filter((folder) => folder !== ROOT);
  return [...files, ...new Set(folders), INSTALLED].some((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && stats.mtimeMs > time - TIME_STAMP_MILLISECONDS;
  });
}

/** Absolute paths, sorted; of a folder, those of all its files. */
function filesIn(inputs: Iterable<string>): string[] {
  return [...new Set([...inputs].flatMap((input) => filesAt(resolve(ROOT, input))))].sort();
}

function filesAt(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !LEFTOVER.test(name))
    .flatMap((entry) => {
      const file = join(path, entry.name);
      return entry.isDirectory() ? filesAt(file) : [file];
    });
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
function addFile(hash: Hash, path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  const { size, mode } = stats?.isFile() ? stats : { size: -1, mode: 0 };
  hash.update(`\0${relative(ROOT, path)}\0${size}\0${mode & constants.S_IXUSR}\0`);
  if (size > 0) hashFile(hash, path);
}

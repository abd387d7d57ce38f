/** The files that become objects. */
import { readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { UsageError } from '../cli/usage-error';

export interface FileToTry {
  path: string;
  key: string;
  contentType?: string;
}

/** Throws a UsageError for a file that does not exist, or if several files would have one key. */
export async function filesToTry(
  paths: string[],
  { key, contentType }: { key?: string; contentType?: string },
): Promise<FileToTry[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  if (key !== undefined && files.length > 1) {
    throw new UsageError(`--key names one object, but there are ${files.length} files: leave it out.`);
  }
  if (key === '' || key?.startsWith('/')) {
    throw new UsageError(`--key is "${key}": give a key such as photos/a.jpg.`);
  }
  const objects = files.map((path) => ({ path, key: key ?? keyOf(path), contentType }));
  const twice = objects.find((one, index) => objects.findIndex((other) => other.key === one.key) < index);
  if (twice) throw new UsageError(`Two files would have the key ${twice.key}: try one after the other.`);
  return objects;
}

async function filesAt(path: string): Promise<string[]> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats) throw new UsageError(`The file ${path} does not exist.`);
  if (!stats.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length === 0) throw new UsageError(`The folder ${path} has no file.`);
  return files.sort();
}

/** The path in the working directory; of a file elsewhere, its name. */
function keyOf(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') || isAbsolute(inside) ? basename(path) : inside.split(sep).join('/');
}

/** Finds the program once a slot, so that a missing one is named before the first object. */
import { constants } from 'node:fs';
import { access, open, readFile, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { SetupContext } from '../define';
import { PermanentError } from '../permanent-error';

export interface ProgramFile {
  path: string;
  /** Working directory. */
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** Throws a PermanentError if the program, or the virtual environment that it needs, is not there. */
export async function findProgram(
  name: string,
  { folder, env: slotEnv }: Pick<SetupContext<unknown>, 'folder' | 'env'>,
  commandEnv: Readonly<Record<string, string>>,
): Promise<ProgramFile> {
  const processors = resolve(folder, '..');
  const venv = join(processors, '.venv', 'bin');
  const hasVenv = await isThere(venv);
  const merged = { ...slotEnv, ...commandEnv };
  const PATH = [...(hasVenv ? [venv] : []), ...(merged.PATH ? [merged.PATH] : [])].join(delimiter);
  const path = await search(name, folder, PATH);

  const needsVenv = !hasVenv && (await hasText(join(processors, 'requirements.txt')));
  if (needsVenv && (path === undefined || (await isPython(name, path))))
    throw new PermanentError(
      'The Python packages of processors/requirements.txt are not installed: run `npm run processors:install`',
    );
  if (path === undefined) throw new PermanentError(await whyNot(name, folder));
  return { path, folder, env: { ...merged, PATH } };
}

/** A name with a slash is a path from the folder; another one is looked for on PATH. */
async function search(name: string, folder: string, PATH: string): Promise<string | undefined> {
  const candidates = name.includes('/')
    ? [resolve(folder, name)]
    : PATH.split(delimiter).map((entry) => resolve(folder, entry, name));
  for (const path of candidates) if (await isProgram(path)) return path;
  return undefined;
}

async function whyNot(name: string, folder: string): Promise<string> {
  const path = resolve(folder, name);
  if (!(await isThere(path))) {
    if (name.includes('/')) return `The program ${name} is not in the processor's folder.`;
    return `The program ${name} is not installed. For the image, add its Debian package to processors/apt.txt; install it on this machine, too.`;
  }
  if (name.includes('/'))
    return `The file ${name} is not executable: chmod +x, or name its interpreter first.`;
  return `The program ${name} is not installed. The file of this name in the processor's folder is './${name}'.`;
}

async function isPython(name: string, path: string): Promise<boolean> {
  if (/(^|\/)python[\d.]*$/.test(name)) return true;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0);
    return /^#!.*python/.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Comments do not count. */
async function hasText(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').some((line) => /^\s*[^#\s]/.test(line));
}

/** The folder of processors: processors/ of this project, or a folder of the user's own with its own package.json. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { ROOT } from '../../root';

/** A folder that cannot be the folder of processors. The message ends a sentence that begins with its path. */
export class ProcessorsFolderError extends Error {
  override name = 'ProcessorsFolderError';
}

export interface ProcessorsFolder {
  /** Absolute path, links resolved. */
  path: string;
  /** Its own name, which paths in messages start with: `processors`. */
  name: string;
  /** The folder that it is in: what these paths are relative to. */
  parent: string;
  /**
   * Whether it is processors/ of this project: an npm workspace, whose packages are in the project's package-lock.json. Any other
   * folder has a package-lock.json of its own.
   */
  isWorkspace: boolean;
}

export const OWN_FOLDER = join(ROOT, 'processors');

/** `path`: absolute. Throws a ProcessorsFolderError that says what is wrong, and the remedy. */
export function openProcessorsFolder(path = OWN_FOLDER): ProcessorsFolder {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new ProcessorsFolderError('there is no such folder');
  if (!stats.isDirectory()) throw new ProcessorsFolderError('that is a file: give a folder');
  const real = realpathSync(path);
  checkPlace(real);
  const isWorkspace = real === join(realpathSync(ROOT), 'processors');
  if (!isWorkspace) requireProject(path, real);
  checkNpmrc(join(isWorkspace ? dirname(real) : real, '.npmrc'));
  return { path: real, name: basename(real), parent: dirname(real), isWorkspace };
}

/** `path`: absolute; nothing has to exist there. Throws a ProcessorsFolderError for a place where no folder of processors can be. */
export function checkPlace(path: string): void {
  if (path.split(sep).includes('node_modules'))
    throw new ProcessorsFolderError('npm replaces what lies in node_modules: give a folder elsewhere');
  if (`${realpathSync(ROOT)}${sep}`.startsWith(path.endsWith(sep) ? path : `${path}${sep}`))
    throw new ProcessorsFolderError('this project lies in it: give a folder that holds processors only');
}

/** Absolute path of a file that `sources` and messages name relative to the folder's parent. */
export function pathOf({ parent }: ProcessorsFolder, path: string): string {
  return join(parent, path);
}

/** How a file of the folder is called in messages: `processors/resize/index.ts`. */
export function nameOf({ parent }: ProcessorsFolder, path: string): string {
  return relative(parent, path).split(sep).join('/');
}

/** What npm has installed for processors: folders by the path that they have in the worker's folder. */
export function installedPackages({ path, isWorkspace }: ProcessorsFolder): Record<string, string> {
  return {
    ...(isWorkspace && { node_modules: join(ROOT, 'node_modules') }),
    'processors/node_modules': join(path, 'node_modules'),
    'processors/.venv': join(path, '.venv'),
  };
}

function requireProject(path: string, real: string): void {
  if (!existsSync(join(real, 'package.json'))) {
    throw new ProcessorsFolderError(
      `it has no package.json: run \`npx ts-node scripts/new-processor.ts <name> --processors-folder ${path}\`, or \`npm init\` there`,
    );
  }
  if (!existsSync(join(real, 'package-lock.json')))
    throw new ProcessorsFolderError('it has no package-lock.json of its own: run `npm install` there');
}

/** A credential in plain text: one like `${NPM_TOKEN}` is in the environment. */
const CREDENTIAL = /^[^;#=]*\b_(authToken|auth|password)\s*=\s*(?!["']?\$\{)\S/m;

/** The image's build gets the file. */
function checkNpmrc(path: string): void {
  if (!existsSync(path) || !CREDENTIAL.test(readFileSync(path, 'utf8'))) return;
  throw new ProcessorsFolderError(
    'the image would be built with the credential in its .npmrc: keep that in ~/.npmrc',
  );
}

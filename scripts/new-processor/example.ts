/** An example of examples/: a processor's folder, and beside its files what these need and samples of its objects. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf } from '../../bundles/files';
import { processorNames } from '../../bundles/processors/names';
import { ROOT } from '../../root';
import { UsageError } from '../cli/usage-error';

export const EXAMPLES = join(ROOT, 'examples');

export interface Example {
  name: string;
  folder: string;
  /** Paths of the files that make up the processor, relative to the folder. */
  files: string[];
  /** Names of the files in samples/. */
  samples: string[];
  /** Names of the files in wheels/: what requirements.txt names by their paths. */
  wheels: string[];
  /** Exact versions of npm packages, by name. */
  packages: Record<string, string>;
  /** Of package.json, as npm has it: whether install scripts of packages run, by the package's name. */
  allowScripts: Record<string, boolean>;
  /** Names of Debian packages. */
  apt: string[];
  /** Lines of requirements.txt. */
  requirements: string[];
}

/** Files of the folder that do not belong to the processor. */
const BESIDE = /^(samples|wheels)\/|^(package\.json|apt\.txt|requirements\.txt)$/;

/** Throws a UsageError if there is none of this name. */
export function readExample(name: string): Example {
  const names = processorNames(EXAMPLES);
  if (!names.includes(name))
    throw new UsageError(`There is no example ${name}: examples/ has ${names.join(', ')}.`);
  const folder = join(EXAMPLES, name);
  const manifest = join(folder, 'package.json');
  const { dependencies = {}, allowScripts = {} } = existsSync(manifest)
    ? JSON.parse(readFileSync(manifest, 'utf8'))
    : {};
  return {
    name,
    folder,
    files: filesOf(folder).filter((path) => !BESIDE.test(path)),
    samples: namesIn(join(folder, 'samples')),
    wheels: namesIn(join(folder, 'wheels')),
    packages: dependencies,
    allowScripts,
    apt: linesOf(join(folder, 'apt.txt')),
    requirements: linesOf(join(folder, 'requirements.txt')),
  };
}

/** Without comments and blank lines. */
export function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.map((line) => line.replace(/(^|\s)#.*/, '').trim()).filter(Boolean);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

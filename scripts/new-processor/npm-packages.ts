/** Adds an example's npm packages to those of processors/, with npm itself. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../root';
import type { Progress } from '../cli/progress';
import type { Example } from './example';

/** What npm changes. */
const FILES = ['package.json', 'package-lock.json', 'processors/package.json'];

/** Paths of the changed files, relative to the project. Throws an Error with npm's words, and has changed none of them then. */
export async function addPackages(
  { packages, allowScripts }: Example,
  progress: Progress,
): Promise<string[]> {
  const before = FILES.map((file) => readFileSync(join(ROOT, file)));
  const { dependencies = {} } = readJson('processors/package.json');
  const { allowScripts: known = {} } = readJson('package.json');
  // A version that other processors work with stays.
  const missing = Object.entries(packages).filter(([name]) => !Object.hasOwn(dependencies, name));
  const rules = Object.entries(allowScripts).filter(([name]) => !Object.hasOwn(known, name));
  const specs = missing.map(([name, version]) => `${name}@${version}`);
  if (specs.length > 0) progress.step(`Installing ${specs.join(', ')}`);
  try {
    for (const [name, isAllowed] of rules)
      await npm('pkg', 'set', '--json', `allowScripts[${name}]=${isAllowed}`);
    if (specs.length > 0)
      await npm('install', '--workspace', 'processors', '--no-audit', '--no-fund', ...specs);
  } catch (error) {
    for (const [index, file] of FILES.entries()) writeFileSync(join(ROOT, file), before[index] as Buffer);
    throw new Error(
      `npm cannot install ${specs.join(', ')}: ${wordsOf(error)}. Nothing has changed; run the command again.`,
    );
  }
  return FILES.filter((file, index) => !readFileSync(join(ROOT, file)).equals(before[index] as Buffer));
}

async function npm(...args: string[]): Promise<void> {
  await promisify(execFile)('npm', args, { cwd: ROOT });
}

// biome-ignore lint/suspicious/noExplicitAny: a file of npm.
function readJson(file: string): any {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
}

/** npm begins each line of an error with this; the first ones have its code. */
const PREFIX = /^npm error (?!code |errno |syscall |type )/;

function wordsOf(error: unknown): string {
  const { stderr = '', message } = error as { stderr?: string; message: string };
  const line = stderr.split('\n').find((each) => PREFIX.test(each));
  return (line?.replace(PREFIX, '') ?? message.split('\n')[0] ?? '').replace(/\.$/, '');
}

/** Makes a processor from an example, with all that it needs. */
import { appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../root';
import { type Example, linesOf } from './example';

/** Folder of the local bucket where samples go, relative to the project. Git ignores it. */
const BUCKET = 'local/bucket';

/** Paths of what it has made or changed, relative to the project. */
export function copyExample(name: string, example: Example): string[] {
  const { folder, files, wheels, samples, apt, requirements } = example;
  for (const file of files) copyFile(join(folder, file), `processors/${name}/${file}`);
  for (const wheel of wheels) copyFile(join(folder, 'wheels', wheel), `processors/wheels/${wheel}`);
  // One that is there may be the user's own by now.
  cpSync(join(folder, 'samples'), join(ROOT, samplesFolder(example)), { recursive: true, force: false });
  return [
    ...files.map((file) => `processors/${name}/${file}`),
    ...addLines('processors/apt.txt', apt),
    ...addLines('processors/requirements.txt', requirements),
    ...wheels.map((wheel) => `processors/wheels/${wheel}`),
    ...samples.map((sample) => `${samplesFolder(example)}${sample}`),
  ];
}

/** Prefix of the samples' keys. */
export function samplesPrefix({ name }: Example): string {
  return `samples/${name}/`;
}

export function samplesFolder(example: Example): string {
  return `${BUCKET}/${samplesPrefix(example)}`;
}

/** Adds those that are not there. Returns the file if it has changed. */
function addLines(file: string, lines: string[]): string[] {
  const path = join(ROOT, file);
  const there = linesOf(path);
  const missing = lines.filter((line) => !there.includes(line));
  if (missing.length === 0) return [];
  const isOpen = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
  appendFileSync(path, `${isOpen ? '\n' : ''}${missing.join('\n')}\n`);
  return [file];
}

function copyFile(from: string, to: string): void {
  const path = join(ROOT, to);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(from, path);
}

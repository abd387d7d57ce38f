/** Makes the folder of a processor from the templates beside this file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessorsFolder } from '../../bundles/processors/folder';
import { INTERFACE } from '../../bundles/processors/imports';
import { PROCESSOR_NAME } from '../../bundles/processors/names';
import { ROOT } from '../../root';
import { UsageError } from '../cli/usage-error';

/** The files of a processor, by the names of their templates. A template imports what the file does, at the same depth. */
const TEMPLATES = {
  typescript: { 'typescript.ts': 'index.ts' },
  python: { 'python.ts': 'index.ts', 'python.py': 'main.py' },
};

/** Returns the paths of the files, the name of the folder of processors first. Throws a UsageError. */
export function createProcessor(
  name: string,
  language: keyof typeof TEMPLATES,
  processors: ProcessorsFolder,
): string[] {
  checkName(name);
  checkFree(name, processors);
  const folder = join(processors.path, name);
  mkdirSync(folder);
  return Object.entries(TEMPLATES[language]).map(([template, file]) => {
    const text = readFileSync(join(ROOT, 'scripts', 'new-processor', template), 'utf8');
    writeFileSync(join(folder, file), importsFrom(text, processors));
    return `${processors.name}/${name}/${file}`;
  });
}

/** Throws a UsageError. */
export function checkName(name: string): void {
  if (PROCESSOR_NAME.test(name)) return;
  throw new UsageError(
    `"${name}" cannot be the name of a processor: give up to 40 lower-case letters, digits and hyphens, a letter first.`,
  );
}

/** Throws a UsageError if the name is taken. */
export function checkFree(name: string, processors: ProcessorsFolder): void {
  if (existsSync(join(processors.path, name)))
    throw new UsageError(`${processors.name}/${name} exists already: give another name, or remove it.`);
}

/** A source of this project as the folder needs it: elsewhere the interface has no relative path that holds on other machines. */
function importsFrom(text: string, { isWorkspace }: ProcessorsFolder): string {
  return isWorkspace ? text : text.replaceAll("'../../runtime/processor'", `'${INTERFACE}'`);
}

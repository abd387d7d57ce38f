/** Makes the folder of a processor from the templates beside this file. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESSOR_NAME, PROCESSORS } from '../../bundles/processors/names';
import { UsageError } from '../cli/usage-error';

/** The files of a processor, by the names of their templates. A template imports what the file does, at the same depth. */
const TEMPLATES = {
  typescript: { 'typescript.ts': 'index.ts' },
  python: { 'python.ts': 'index.ts', 'python.py': 'main.py' },
};

/** Returns the paths of the files, relative to the project. Throws a UsageError. `processors`: for tests. */
export function createProcessor(
  name: string,
  language: keyof typeof TEMPLATES,
  processors = PROCESSORS,
): string[] {
  checkPlace(name, processors);
  const folder = join(processors, name);
  mkdirSync(folder);
  return Object.entries(TEMPLATES[language]).map(([template, file]) => {
    copyFileSync(join(__dirname, template), join(folder, file));
    return `processors/${name}/${file}`;
  });
}

/** Throws a UsageError where no new processor can have this name. */
export function checkPlace(name: string, processors = PROCESSORS): void {
  if (!PROCESSOR_NAME.test(name))
    throw new UsageError(
      `"${name}" cannot be the name of a processor: give up to 40 lower-case letters, digits and hyphens, a letter first.`,
    );
  if (existsSync(join(processors, name)))
    throw new UsageError(`processors/${name} exists already: give another name, or remove it.`);
}

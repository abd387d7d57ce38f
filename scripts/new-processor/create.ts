/** Makes the folder of a processor from the templates beside this file. */
import { copyFileSync, mkdirSync } from 'node:fs';
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
  if (!PROCESSOR_NAME.test(name))
    throw new UsageError(
      `"${name}" cannot be the name of a processor: give up to 40 lower-case letters, digits and hyphens, a letter first.`,
    );
  const folder = join(processors, name);
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`processors/${name} exists already: give another name, or remove it.`);
  }
  return Object.entries(TEMPLATES[language]).map(([template, file]) => {
    copyFileSync(join(__dirname, template), join(folder, file));
    return `processors/${name}/${file}`;
  });
}

/** A processor from an example: its packages, its files, and what the user does next. */
import type { ProcessorsFolder } from '../../bundles/processors/folder';
import type { Progress } from '../cli/progress';
import { UsageError } from '../cli/usage-error';
import { copyExample, samplesFolder, samplesPrefix } from './copy-example';
import { checkFree } from './create';
import { readExample } from './example';
import { addPackages } from './npm-packages';

/** Returns the lines to print. Nothing is there before npm has done its part, which may fail. Throws a UsageError if it cannot be made. */
export async function fromExample(
  name: string,
  from: string,
  folder: ProcessorsFolder,
  progress: Progress,
): Promise<string[]> {
  if (!folder.isWorkspace) {
    throw new UsageError(
      `--from copies into processors/ of this project, not into ${folder.path}: run it with BATCH_PROCESSORS_FOLDER=processors, and move what it makes as docs/processors.md says.`,
    );
  }
  checkFree(name, folder);
  const example = readExample(from);
  const changed = await addPackages(example, progress);
  progress.end();
  const samples = samplesPrefix(example);
  const { apt, requirements } = example;
  return [
    ...copyExample(name, example),
    ...changed,
    '',
    ...(apt.length > 0 ? [`Install programs: apt-get install --no-install-recommends ${apt.join(' ')}`] : []),
    ...(requirements.length > 0 ? ['Install packages: npm run processors:install'] : []),
    `Try it on files:  npx ts-node scripts/try.ts ${name} ${samplesFolder(example)}`,
    `Run it:           npx ts-node scripts/execute.ts 2 ${samples} --processor ${name} --target local`,
  ];
}

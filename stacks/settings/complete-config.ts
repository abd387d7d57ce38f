/** Completes the settings: derives what depends on other settings. */
import {
  openProcessorsFolder,
  type ProcessorsFolder,
  ProcessorsFolderError,
} from '../../bundles/processors/folder';
import { processorNames } from '../../bundles/processors/names';
import { ConfigError, type Where, wrong } from './config-error';
import { checkSettings } from './conflicts';
import { type Architecture, architectureOf, vCpusOf } from './instance-types';
import { readSchedules, type Schedule } from './schedule';
import type { Settings } from './settings';

const DEFAULT_INSTANCE_TYPE: Record<Architecture, string> = { x86_64: 'm6i.large', arm64: 'm6g.large' };
/** Everything a stack is made from; see table.ts for what each means, its default and its variable. */
export type Config = Omit<Settings, 'instanceTypes' | 'processor' | 'schedules' | 'slotsPerWorker'> & {
  instanceTypes: [string, ...string[]];
  processor: string;
  schedules: Schedule[];
  slotsPerWorker: number;
};

/** Throws ConfigError if settings contradict each other. */
export function complete(settings: Settings, where: Where): Config {
  checkSettings(settings, where);
  const { architecture } = settings;
  const types = settings.instanceTypes ?? [DEFAULT_INSTANCE_TYPE[architecture]];
  const other = types.find((type) => architectureOf(type) !== architecture);
  if (other) {
    throw wrong(
      where('instanceTypes'),
      other,
      `instance types of architecture ${architecture} (see architecture)`,
    );
  }
  // A worker must not promise more than the smallest instance that may come.
  const vCpus = types.map(vCpusOf);
  const unknown = types[vCpus.indexOf(undefined)];
  if (settings.slotsPerWorker === undefined && unknown) {
    throw wrong(
      where('slotsPerWorker'),
      undefined,
      `a number, because this project does not know the vCPUs of ${unknown}`,
    );
  }
  const slotsPerWorker = settings.slotsPerWorker ?? Math.min(...(vCpus as number[]));
  const processor = chooseProcessor(settings, where);
  return {
    ...settings,
    instanceTypes: types as [string, ...string[]],
    processor,
    schedules: schedulesOf(settings, where),
    slotsPerWorker,
  };
}

function schedulesOf({ schedules }: Settings, where: Where): Schedule[] {
  try {
    return readSchedules(schedules);
  } catch (error) {
    throw new ConfigError(`${where('schedules')}: ${(error as Error).message}`);
  }
}

const DEFAULT_PROCESSOR = 'checksum';

/** The processor of executions that name none. Throws a ConfigError also for a folder that cannot be the folder of processors. */
function chooseProcessor({ processorsFolder, processor }: Settings, where: Where): string {
  const names = processorNames(openFolder(processorsFolder, where).path);
  const [first] = names;
  if (first === undefined) {
    throw new ConfigError(
      `${where('processorsFolder')} is ${JSON.stringify(processorsFolder)}: it has no processor: make one with \`npx ts-node scripts/new-processor.ts <name>\``,
    );
  }
  if (processor === undefined) return names.includes(DEFAULT_PROCESSOR) ? DEFAULT_PROCESSOR : first;
  if (!names.includes(processor))
    throw wrong(where('processor'), processor, `one of ${names.join(', ')}, the folders of processorsFolder`);
  return processor;
}

/** `prepare` gets the absolute path first. Throws a ConfigError. */
export function openFolder(
  path: string,
  where: Where,
  prepare: (path: string) => void = () => {},
): ProcessorsFolder {
  try {
    prepare(path);
    return openProcessorsFolder(path);
  } catch (error) {
    if (!(error instanceof ProcessorsFolderError)) throw error;
    throw new ConfigError(`${where('processorsFolder')} is ${JSON.stringify(path)}: ${error.message}`);
  }
}

/**
 * The configuration of a deployment: the defaults, overridden by `context.batchProcessor` of cdktf.json, overridden by
 * environment variables, overridden by options of a command. A wrong value stops with one line that names the setting,
 * its value and what is allowed.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  openProcessorsFolder,
  type ProcessorsFolder,
  ProcessorsFolderError,
} from '../bundles/processors/folder';
import { processorNames } from '../bundles/processors/names';
import { ROOT } from '../root';
import { parseExistingBucket } from './existing-bucket';
import { type Architecture, architectureOf, vCpusOf } from './instance-types';
import { readSchedules, type Schedule } from './schedule';
import { secretsProblem } from './secrets';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings, settingOf } from './settings';
import { statementsProblem } from './worker-statements';

/** Everything a stack is made from; see stacks/settings.ts for what each means, its default and its variable. */
export type Config = Omit<Settings, 'instanceTypes' | 'processor' | 'schedules' | 'slotsPerWorker'> & {
  instanceTypes: [string, ...string[]];
  processor: string;
  schedules: Schedule[];
  slotsPerWorker: number;
};

/** A setting that is wrong. The message is one line for the user. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export interface ConfigSources {
  /** Default: this process's own. */
  environment?: NodeJS.ProcessEnv;
  /** Default: that of cdktf.json. */
  context?: Record<string, unknown>;
  /** The options of the command: values, or texts as typed. Default: none. */
  options?: Partial<Record<SettingName, unknown>>;
}

/** The source of a setting, as the user wrote it. */
type Where = (name: SettingName) => string;

const DEFAULT_INSTANCE_TYPE: Record<Architecture, string> = { x86_64: 'm6i.large', arm64: 'm6g.large' };
/** An execution's history holds 25,000 events; each call of the provisioner in the provision loop makes about ten. */
export const MAX_PROVISION_CALLS = 2000;
const CDKTF_JSON = join(ROOT, 'cdktf.json');

/** Throws ConfigError on the first setting that is wrong. */
export function loadConfig(given: ConfigSources = {}): Config {
  const sources = completeSources(given);
  for (const name of Object.keys(sources.context)) {
    if (!(name in SETTINGS)) {
      throw new ConfigError(
        `${name} in cdktf.json is not a setting: the settings are ${SETTING_NAMES.join(', ')}`,
      );
    }
  }
  const values = Object.fromEntries(SETTING_NAMES.map((name) => [name, readSetting(name, sources)]));
  return complete(values as unknown as Settings, (name) => source(name, sources));
}

/** The folder of processors, also where it has none yet. `prepare` gets its absolute path first, to make it. Throws a ConfigError. */
export function findProcessorsFolder(
  given: ConfigSources = {},
  prepare: (path: string) => void = () => {},
): ProcessorsFolder {
  const sources = completeSources(given);
  const path = readSetting('processorsFolder', sources) as string;
  return openFolder(path, (name) => source(name, sources), prepare);
}

function completeSources({
  environment = process.env,
  context = contextOf(CDKTF_JSON),
  options = {},
}: ConfigSources): Required<ConfigSources> {
  return { environment, context, options };
}

function readSetting(name: SettingName, sources: Required<ConfigSources>): unknown {
  const setting = settingOf(name);
  const given = givenValue(name, sources);
  if (given === undefined) return setting.default;
  const parsed = setting.schema.safeParse(given);
  if (!parsed.success) {
    const where = source(name, sources);
    if (setting.isHidden) {
      const at = parsed.error.issues[0]?.path.join('.');
      throw new ConfigError(`${where}: ${at || 'its value'} is not allowed: allowed is ${setting.allowed}`);
    }
    throw wrong(where, given, setting.allowed);
  }
  return parsed.data;
}

function givenValue(name: SettingName, sources: Required<ConfigSources>): unknown {
  const { environment, context, options } = sources;
  const { variable, isPath, parse } = settingOf(name);
  const read = (text: string, base: string) => {
    try {
      return parse(text, base);
    } catch (error) {
      throw new ConfigError(
        `${source(name, sources)} is ${JSON.stringify(text)}: ${(error as Error).message}`,
      );
    }
  };
  const option = options[name];
  if (option !== undefined) return typeof option === 'string' ? read(option, process.cwd()) : option;
  // An empty variable is what `VARIABLE= command` and many CI systems mean by "not set".
  if (environment[variable]) return read(environment[variable], process.cwd());
  const value = context[name];
  return isPath && typeof value === 'string' ? read(value, dirname(CDKTF_JSON)) : value;
}

/** The source of the setting, as the user wrote it; without one, both ways to set it. */
function source(name: SettingName, { environment, options }: Required<ConfigSources>): string {
  const { variable, option } = settingOf(name);
  if (options[name] !== undefined) return option?.flags.split(' ')[0] ?? name;
  return environment[variable] ? variable : `${name} (cdktf.json, or ${variable})`;
}

/** Derives what depends on other settings, and checks what only holds between them. */
function complete(settings: Settings, where: Where): Config {
  const { architecture, heartbeatSeconds, objectTimeoutSeconds, executionTimeoutSeconds } = settings;
  const types = settings.instanceTypes ?? [DEFAULT_INSTANCE_TYPE[architecture]];
  const other = types.find((type) => architectureOf(type) !== architecture);
  if (other) {
    throw wrong(
      where('instanceTypes'),
      other,
      `instance types of architecture ${architecture} (see architecture)`,
    );
  }
  if (heartbeatSeconds >= objectTimeoutSeconds) {
    throw wrong(
      where('heartbeatSeconds'),
      heartbeatSeconds,
      `less than objectTimeoutSeconds (${objectTimeoutSeconds})`,
    );
  }
  // A task may wait for its worker as long as the execution lasts, and Step Functions takes no heartbeat as long as that.
  if (heartbeatSeconds >= executionTimeoutSeconds) {
    throw wrong(
      where('heartbeatSeconds'),
      heartbeatSeconds,
      `less than executionTimeoutSeconds (${executionTimeoutSeconds})`,
    );
  }
  if ((settings.vpcId === undefined) !== (settings.subnetIds === undefined)) {
    const [given, other] = settings.vpcId
      ? (['vpcId', 'subnetIds'] as const)
      : (['subnetIds', 'vpcId'] as const);
    throw wrong(where(given), settings[given], `only together with ${other}`);
  }
  if (settings.securityGroupIds && !settings.vpcId) {
    throw wrong(
      where('securityGroupIds'),
      settings.securityGroupIds,
      'only together with vpcId and subnetIds',
    );
  }
  if (settings.bucketKeyArn && !settings.bucket) {
    throw wrong(where('bucketKeyArn'), settings.bucketKeyArn, 'only together with bucket');
  }
  if (settings.resultsRetentionDays !== undefined && settings.bucket) {
    throw wrong(
      where('resultsRetentionDays'),
      settings.resultsRetentionDays,
      'only without bucket: the stack does not change the settings of an existing bucket',
    );
  }
  checkBuckets(settings, where);
  checkTopic(settings, 'alarmTopicArn', 'alarmEmail', where);
  checkTopic(settings, 'notifyTopicArn', 'notifyEmail', where);
  const secrets = secretsProblem(settings);
  if (secrets) throw new ConfigError(`${where('secrets')}: ${secrets}`);
  const statements = statementsProblem(settings);
  if (statements) throw new ConfigError(`${where('workerStatements')}: ${statements}`);
  const calls = settings.provisionTimeoutSeconds / settings.provisionPollSeconds;
  if (calls > MAX_PROVISION_CALLS) {
    const minimum = Math.ceil(settings.provisionTimeoutSeconds / MAX_PROVISION_CALLS);
    throw wrong(
      where('provisionPollSeconds'),
      settings.provisionPollSeconds,
      `${minimum} or more, for provisionTimeoutSeconds ${settings.provisionTimeoutSeconds}`,
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

/** Of a topic and an address there is one, and a topic is in the region of whoever publishes to it. */
function checkTopic(
  settings: Settings,
  topicSetting: 'alarmTopicArn' | 'notifyTopicArn',
  emailSetting: 'alarmEmail' | 'notifyEmail',
  where: Where,
): void {
  const { [topicSetting]: topicArn, [emailSetting]: email, region } = settings;
  if (!topicArn) return;
  if (email) {
    const allowed = `nothing beside ${topicSetting} (${topicArn}): subscribe the address to that topic`;
    throw wrong(where(emailSetting), email, allowed);
  }
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
  if (topicArn.split(':')[3] !== region)
    throw wrong(where(topicSetting), topicArn, `a topic in ${region}, where the deployment is`);
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
function chooseProcessor(
  { processorsFolder, processor }: Settings,
  where: (name: SettingName) => string,
): string {
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

function openFolder(
  path: string,
  where: (name: SettingName) => string,
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

/** Each bucket is named once, and reached in one way. */
function checkBuckets({ bucket, readBuckets = [], outputBucket, region }: Settings, where: Where): void {
  const reads = readBuckets.map(parseExistingBucket);
  const output = outputBucket === undefined ? undefined : parseExistingBucket(outputBucket);
  const places = [
    ...reads.map((each) => ['readBuckets', each] as const),
    ...(output ? [['outputBucket', output] as const] : []),
  ];
  for (const [setting, { name, keyArn, region: other = region }] of places) {
    if (keyArn !== undefined && keyArn.split(':')[3] !== other)
      throw wrong(where(setting), keyArn, `a key in the region of ${name}, ${other}`);
  }
  for (const [index, { name }] of reads.entries()) {
    if (name === bucket) throw wrong(where('readBuckets'), name, 'another bucket than bucket');
    if (reads.findIndex((each) => each.name === name) !== index)
      throw wrong(where('readBuckets'), readBuckets.join(', '), `one entry for ${name}`);
  }
  if (!output) return;
  if (output.name === bucket) throw wrong(where('outputBucket'), outputBucket, 'another bucket than bucket');
  const same = reads.find(({ name }) => name === output.name);
  if (same && !isDeepStrictEqual(same, output))
    throw wrong(where('outputBucket'), outputBucket, `what readBuckets says of ${output.name}`);
}

function wrong(where: string, value: unknown, allowed: string): ConfigError {
  return new ConfigError(
    `${where} is ${value === undefined ? 'not set' : JSON.stringify(value)}: allowed is ${allowed}`,
  );
}

function contextOf(file: string): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(file, 'utf8'));
  return context?.batchProcessor ?? {};
}

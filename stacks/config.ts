/**
 * The configuration of a deployment: the defaults, overridden by `context.batchProcessor` of cdktf.json, overridden by
 * environment variables. Whatever is wrong stops synth with one line that names the setting, its value and what is
 * allowed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { processors } from '../runtime/worker/processors';
import { type Architecture, architectureOf, vCpusOf } from './instance-types';
import { ROOT } from './root';
import { SETTINGS, type SettingName, type Settings } from './settings';

/** Everything a stack is made from; see stacks/settings.ts for what each means, its default and its variable. */
export type Config = Omit<Settings, 'instanceTypes' | 'slotsPerWorker' | 'pollsPerWorker'> & {
  instanceTypes: [string, ...string[]];
  slotsPerWorker: number;
  pollsPerWorker: number;
};

/** A setting that is wrong. The message is one line, made for a person. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const DEFAULT_INSTANCE_TYPE: Record<Architecture, string> = { x86_64: 'm6i.large', arm64: 'm6g.large' };
/** An execution's history holds 25,000 events; each turn of the provision loop makes about ten. */
const MOST_PROVISION_TURNS = 2000;
/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MOST_POLLERS = 1000;
const CDKTF_JSON = join(ROOT, 'cdktf.json');

/** Throws ConfigError on the first setting that is wrong. */
export function loadConfig(
  environment: NodeJS.ProcessEnv = process.env,
  context: Record<string, unknown> = contextOf(CDKTF_JSON),
): Config {
  for (const name of Object.keys(context)) {
    if (!(name in SETTINGS)) {
      throw new ConfigError(
        `${name} in cdktf.json is not a setting: allowed are ${Object.keys(SETTINGS).join(', ')}`,
      );
    }
  }
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    values[name] = readSetting(name, environment, context);
  }
  return complete(values as unknown as Settings, (name) => source(name, environment));
}

function readSetting(
  name: SettingName,
  environment: NodeJS.ProcessEnv,
  context: Record<string, unknown>,
): unknown {
  const setting = SETTINGS[name];
  const text = environment[setting.variable];
  // An empty variable is what `VARIABLE= command` and many CI systems mean by "not set".
  const given = text === undefined || text === '' ? context[name] : setting.parse(text);
  if (given === undefined) return setting.default;
  const parsed = (setting.schema as z.ZodType).safeParse(given);
  if (!parsed.success) throw wrong(source(name, environment), given, setting.allowed);
  return parsed.data;
}

/** Derives what depends on other settings, and checks what only holds between them. */
function complete(settings: Settings, where: (name: SettingName) => string): Config {
  const { architecture, processor, heartbeatSeconds, taskTimeoutSeconds, executionTimeoutSeconds } = settings;
  const types = settings.instanceTypes ?? [DEFAULT_INSTANCE_TYPE[architecture]];
  const other = types.find((type) => architectureOf(type) !== architecture);
  if (other) {
    throw wrong(
      where('instanceTypes'),
      other,
      `instance types of architecture ${architecture} (see architecture)`,
    );
  }
  if (!Object.hasOwn(processors, processor)) {
    throw wrong(where('processor'), processor, `one of ${Object.keys(processors).join(', ')}`);
  }
  if (heartbeatSeconds >= taskTimeoutSeconds) {
    throw wrong(
      where('heartbeatSeconds'),
      heartbeatSeconds,
      `less than taskTimeoutSeconds (${taskTimeoutSeconds})`,
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
  if (settings.bucketKeyArn && !settings.bucket) {
    throw wrong(where('bucketKeyArn'), settings.bucketKeyArn, 'nothing, unless bucket names an existing one');
  }
  const turns = settings.provisionTimeoutSeconds / settings.provisionPollSeconds;
  if (turns > MOST_PROVISION_TURNS) {
    const least = Math.ceil(settings.provisionTimeoutSeconds / MOST_PROVISION_TURNS);
    throw wrong(
      where('provisionPollSeconds'),
      settings.provisionPollSeconds,
      `${least} or more, for provisionTimeoutSeconds ${settings.provisionTimeoutSeconds}`,
    );
  }
  // A worker must not promise more than the smallest instance that may come.
  const vCpus = types.map(vCpusOf);
  const unknown = types[vCpus.indexOf(undefined)];
  if (settings.slotsPerWorker === undefined && unknown) {
    throw wrong(
      where('slotsPerWorker'),
      undefined,
      `a number, since the vCPUs of ${unknown} are not known here`,
    );
  }
  const slotsPerWorker = settings.slotsPerWorker ?? Math.min(...(vCpus as number[]));
  const share = Math.max(1, Math.floor(MOST_POLLERS / settings.maxWorkers));
  if (settings.pollsPerWorker !== undefined && settings.pollsPerWorker > share) {
    const most = `${share} or fewer, since ${settings.maxWorkers} workers share the ${MOST_POLLERS} pollers of an activity`;
    throw wrong(where('pollsPerWorker'), settings.pollsPerWorker, most);
  }
  const pollsPerWorker = settings.pollsPerWorker ?? Math.min(slotsPerWorker, share);
  return { ...settings, instanceTypes: types as [string, ...string[]], slotsPerWorker, pollsPerWorker };
}

function source(name: SettingName, environment: NodeJS.ProcessEnv): string {
  const { variable } = SETTINGS[name];
  return environment[variable] ? variable : `${name} (cdktf.json, or ${variable})`;
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

/**
 * The configuration of a deployment: the defaults, overridden by `context.batchProcessor` of cdktf.json, overridden by
 * environment variables, overridden by options of a command. A wrong value stops with one line that names the setting,
 * its value and what is allowed.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProcessorsFolder } from '../../bundles/processors/folder';
import { ROOT } from '../../root';
import { type Config, complete, openFolder } from './complete-config';
import { ConfigError, wrong } from './config-error';
import { SETTING_NAMES, type SettingName, type Settings, settingOf } from './settings';
import { SETTINGS } from './table';

export interface ConfigSources {
  /** Default: this process's own. */
  environment?: NodeJS.ProcessEnv;
  /** Default: that of cdktf.json. */
  context?: Record<string, unknown>;
  /** The options of the command: values, or texts as typed. Default: none. */
  options?: Partial<Record<SettingName, unknown>>;
}

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

/** The folder of processors, also if it has none yet. `prepare` gets its absolute path first, to make it. Throws a ConfigError. */
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
      throw new ConfigError(
        `${where}: ${at || 'its value'} is not allowed: the setting must be ${setting.allowed}`,
      );
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

function contextOf(file: string): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(file, 'utf8'));
  return context?.batchProcessor ?? {};
}

/** Settings of the stack as options of the command line: each stands for its environment variable. */
import { type Command, Option } from 'commander';
import { type Config, ConfigError, loadConfig } from '../../stacks/config';
import { SETTINGS, type SettingName } from '../../stacks/settings';

interface SettingOption {
  setting: SettingName;
  flags: string;
  description: string;
  parse?: (text: string, previous?: Record<string, string>) => Record<string, string>;
}

/** Adds the options; they only hold for this run of the script. */
export function addSettingOptions(command: Command, options: SettingOption[]): void {
  for (const { flags, description, setting, parse } of options) {
    const option = new Option(flags, description);
    // The name under which commander keeps the value.
    option.attributeName = () => setting;
    if (parse) option.argParser(parse);
    command.addOption(option);
  }
}

/** The settings that were given as options, as they would stand in cdktf.json. */
export function givenSettings(command: Command, options: SettingOption[], config: Config): Partial<Config> {
  const values = command.opts();
  const names = options.map(({ setting }) => setting).filter((name) => values[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, config[name]]));
}

/**
 * Puts the options into the environment, where this process and cdktf read them, and loads the configuration. Throws a
 * ConfigError that names the option as the person wrote it.
 */
export function loadConfigWith(command: Command, options: SettingOption[]): Config {
  const values = command.opts();
  for (const { setting } of options) {
    const value = values[setting];
    if (value === undefined) continue;
    process.env[SETTINGS[setting].variable] =
      typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const wrong = options.find(
      ({ setting }) => values[setting] !== undefined && error.message.startsWith(SETTINGS[setting].variable),
    );
    if (!wrong) throw error;
    const flag = wrong.flags.split(' ')[0] ?? '';
    throw new ConfigError(flag + error.message.slice(SETTINGS[wrong.setting].variable.length));
  }
}

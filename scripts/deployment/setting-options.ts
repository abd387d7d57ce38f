/** The settings of the stack that have an option in stacks/settings/table.ts, as options of a command. */
import { type Command, Option } from 'commander';
import type { Config } from '../../stacks/settings/complete-config';
import { loadConfig } from '../../stacks/settings/config';
import { SETTING_NAMES, type SettingName, settingOf } from '../../stacks/settings/settings';
import { assignment } from '../cli/parsers';

const NAMES = SETTING_NAMES.filter((name) => settingOf(name).option);

/** Adds the options; they only hold for this run of the script. */
export function addSettingOptions(command: Command): void {
  for (const name of NAMES) {
    const {
      option: { flags = '', example = '' } = {},
      description,
      defaultText,
      ...setting
    } = settingOf(name);
    const standard = defaultText ?? setting.format(setting.default as NonNullable<unknown>);
    const option = new Option(flags, `${description} Default: ${standard}. Example: ${example}`);
    // The name under which commander keeps the value.
    option.attributeName = () => name;
    if (setting.isRecord) option.argParser(assignment);
    command.addOption(option);
  }
}

/** The configuration with the options that were given. Throws a ConfigError that names the option as the user wrote it. */
export function loadConfigWith(command: Command): Config {
  return loadConfig({ options: given(command) });
}

/** The settings that were given as options, in the form of cdktf.json. */
export function givenSettings(command: Command, config: Config): Partial<Config> {
  const names = Object.keys(given(command)) as SettingName[];
  return Object.fromEntries(names.map((name) => [name, config[name]]));
}

function given(command: Command): Partial<Record<SettingName, unknown>> {
  const values = command.opts();
  return Object.fromEntries(
    NAMES.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
  );
}

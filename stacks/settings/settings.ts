/** The types of the settings, and the environment variables that they become. `table.ts` has each setting. */
import type { Setting } from './kinds';
import { SETTINGS } from './table';

export type SettingName = keyof typeof SETTINGS;

/** The values of the settings, before anything is derived from them. */
export type Settings = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
};

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** A row of the table, whatever its kind. */
export function settingOf(name: SettingName): Setting {
  return SETTINGS[name] as Setting;
}

/** The environment that gives a process these settings; one that is undefined gets no variable. */
export function variablesOf(settings: Partial<Settings>): Record<string, string> {
  return valuesUnder(settings, ({ variable }) => variable);
}

/** The variables by which a part of runtime/ gets its settings; one that is undefined is for the part to decide. */
export function runtimeVariables(part: 'worker' | 'provisioner', settings: Partial<Settings>) {
  return valuesUnder(settings, (setting) => setting[part]);
}

function valuesUnder(settings: Partial<Settings>, nameOf: (setting: Setting) => string | undefined) {
  const entries = SETTING_NAMES.flatMap((name): [string, string][] => {
    const setting = settingOf(name);
    const key = nameOf(setting);
    const value = settings[name];
    return key && value !== undefined ? [[key, setting.format(value)]] : [];
  });
  return Object.fromEntries(entries);
}

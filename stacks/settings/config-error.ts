import type { SettingName } from './settings';

/** A setting that is wrong. The message is one line for the user. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Names the source of a setting, as the user wrote it. */
export type Where = (name: SettingName) => string;

export function wrong(where: string, value: unknown, allowed: string): ConfigError {
  return new ConfigError(
    `${where} is ${value === undefined ? 'not set' : JSON.stringify(value)}: must be ${allowed}`,
  );
}

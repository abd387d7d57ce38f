/** The values of secrets on this machine, for a local cloud and for try.ts. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { ROOT } from '../../root';
import type { Config } from '../../stacks/settings/complete-config';
import { UsageError } from '../cli/usage-error';

/** Lines NAME=VALUE. Git ignores it. */
export const SECRETS_FILE = join(ROOT, '.secrets.env');

/**
 * The value of each variable in the setting `secrets`: that of the variable in `environment`, else that in the file. Throws a UsageError
 * that names each one without a value, and shows no value.
 */
export function localSecrets(
  { secrets }: Pick<Config, 'secrets'>,
  environment: NodeJS.ProcessEnv = process.env,
  file = SECRETS_FILE,
): Record<string, string> {
  const names = Object.keys(secrets);
  const inFile = names.length > 0 && existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const values = names.map((name) => [name, environment[name] || inFile[name] || ''] as const);
  const missing = values.filter(([, value]) => value === '').map(([name]) => name);
  if (missing.length === 0) return Object.fromEntries(values);
  const [first] = missing;
  const [subject, object] =
    missing.length === 1 ? ['The secret', 'the variable'] : ['The secrets', 'variables'];
  const verb = missing.length === 1 ? 'has' : 'have';
  throw new UsageError(
    `${subject} ${missing.join(', ')} ${verb} no value on this machine: set ${object} of that name, or write ${first}=… into ${basename(file)} of this project, which git ignores.`,
  );
}

/** What a worker's environment has from the configuration alone: the same on AWS, in a local cloud, and for `scripts/try.ts`. */

import { NODE_ENVIRONMENT } from '../core/node-environment';
import type { Config } from '../settings/complete-config';
import { runtimeVariables } from '../settings/settings';

/** Without the values of secrets. */
export function workerEnvironment(config: Config): Record<string, string> {
  const { processorEnvironment, secrets } = config;
  return {
    ...runtimeVariables('worker', config),
    ...namesOf('PROCESSOR_VARIABLES', processorEnvironment),
    ...namesOf('SECRET_VARIABLES', secrets),
    ...NODE_ENVIRONMENT,
    ...processorEnvironment,
  };
}

/**
 * A variable that lists the names of others. A list of no names is left out: ECS drops variables that are empty, and then each deployment
 * would replace the task definition (https://github.com/hashicorp/terraform-provider-aws/issues/39533). The names are sorted, since
 * another order of the setting changes nothing.
 */
function namesOf(
  variable: 'PROCESSOR_VARIABLES' | 'SECRET_VARIABLES',
  values: Record<string, string>,
): Record<string, string> {
  const names = Object.keys(values).sort();
  return names.length > 0 ? { [variable]: names.join(',') } : {};
}

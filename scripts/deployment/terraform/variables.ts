/** The TF_… variables of the user: those that would lead Terraform past the checks of a command are refused. */
import { UsageError } from '../../cli/usage-error';
import { programEnvironment } from '../account/credentials';

/**
 * A workspace and a folder of data are a second way to keep deployments apart, which the scripts that read the state do not support.
 * Arguments for every command could leave resources out, name another state, or destroy.
 * https://developer.hashicorp.com/terraform/cli/config/environment-variables
 */
const REFUSED: [RegExp, string][] = [
  [/^TF_WORKSPACE$/, 'name a second deployment with BATCH_NAME_PREFIX'],
  [/^TF_DATA_DIR$/, "Terraform's files are in dist/terraform/; TF_PLUGIN_CACHE_DIR shares the provider"],
  [/^TF_CLI_ARGS(_\w+)?$/, 'the scripts give Terraform its arguments'],
];

/** Throws a UsageError that names every variable that is refused. */
export function checkTerraformVariables(environment: NodeJS.ProcessEnv = process.env): void {
  const lines = Object.keys(environment)
    .filter((name) => environment[name] && !(name === 'TF_WORKSPACE' && environment[name] === 'default'))
    .flatMap((name) => {
      const refused = REFUSED.find(([pattern]) => pattern.test(name));
      return refused ? [`${name} is "${environment[name]}": unset it (${refused[1]}).`] : [];
    });
  if (lines.length > 0) throw new UsageError(...lines);
}

/** The environment of Terraform. The workspace is named, since an earlier `terraform workspace select` would count otherwise. */
export function terraformEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...programEnvironment(environment), TF_WORKSPACE: 'default', TF_IN_AUTOMATION: 'true' };
}

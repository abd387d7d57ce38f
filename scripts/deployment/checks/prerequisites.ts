/** Checks the requirements of a deployment before it starts. */
import type { Config } from '../../../stacks/settings/complete-config';
import { credentialProblem } from '../../cli/credential-problem';
import { UsageError } from '../../cli/usage-error';
import { type CallerIdentity, callerIdentity } from '../account/caller-identity';
import { dockerProblem } from '../image/docker';
import { accountAndRegionOf, type State } from '../terraform/state';
import { terraformProblem } from '../terraform/terraform';

/** Throws a UsageError that names everything that is missing. */
export async function checkPrerequisites(
  config: Config,
  skipImage: boolean | undefined,
): Promise<CallerIdentity> {
  const [terraform, docker, caller] = await Promise.all([
    terraformProblem(config),
    skipImage ? undefined : dockerProblem(),
    callerIdentity(config.region).catch((error) => {
      const problem = credentialProblem(error);
      if (problem) return problem;
      throw error;
    }),
  ]);
  const withoutDocker = docker && `${docker} Or deploy without the image: --skip-image.`;
  const problems = [terraform, withoutDocker, typeof caller === 'string' ? caller : undefined].filter(
    (problem) => problem !== undefined,
  );
  if (problems.length > 0 || typeof caller === 'string') throw new UsageError(...problems);
  return caller;
}

/**
 * Terraform looks for its resources only where the configuration points. If they are elsewhere, it finds none and forgets
 * them. So an update must use the deployment's own account and region.
 */
export function checkSameAccountAndRegion(
  config: Config,
  caller: CallerIdentity,
  state: State | undefined,
): void {
  const { region, accountId } = state ? accountAndRegionOf(state) : {};
  if (region && region !== config.region) {
    throw new UsageError(
      `The deployment ${config.namePrefix} is in ${region}, not in ${config.region}: give --region ${region}, or --name-prefix for a second deployment, or take the first down (npm run cleanup).`,
    );
  }
  if (accountId && accountId !== caller.accountId) {
    throw new UsageError(
      `The deployment ${config.namePrefix} is in account ${accountId}, these credentials are of ${caller.accountId}: use credentials of ${accountId}, or another --name-prefix.`,
    );
  }
}

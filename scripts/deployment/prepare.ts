/** Prepares a deployment: checks all that can go wrong, and lets Terraform plan the changes. Changes nothing on AWS. */
import type { Config } from '../../stacks/settings/complete-config';
import type { Progress } from '../cli/progress';
import { synthesizeStack } from '../stack/synthesize';
import type { CallerIdentity } from './account/caller-identity';
import { missingServiceLinkedRoles, type ServiceLinkedRole } from './account/service-linked-roles';
import { checkProcessors } from './checks/check-processors';
import { checkDataLoss } from './checks/data-loss';
import { checkExistingBuckets } from './checks/existing-buckets';
import { checkNetwork } from './checks/network';
import { checkPrerequisites, checkSameAccountAndRegion } from './checks/prerequisites';
import { findUnknownResources } from './checks/unknown-resources';
import type { Change } from './terraform/plan';
import { readState, type State } from './terraform/state';
import { Terraform } from './terraform/terraform';
import { makeWorkFolder } from './terraform/work-folder';

export interface Prepared {
  config: Config;
  caller: CallerIdentity;
  /** The state of what is deployed; undefined for a new deployment. */
  state?: State;
  /** That the account does not have. */
  roles: ServiceLinkedRole[];
  changes: Change[];
  /** Applies the changes. */
  terraform: Terraform;
}

/** Throws a UsageError for what the user can correct. */
export async function prepare(
  config: Config,
  skipImage: boolean | undefined,
  progress: Progress,
): Promise<Prepared> {
  progress.step('Building the processors');
  checkProcessors(config, progress);
  progress.step('Checking Terraform, Docker and the AWS credentials');
  const caller = await checkPrerequisites(config, skipImage);
  const state = await readState(config);
  checkSameAccountAndRegion(config, caller, state);
  for (const note of await checkExistingBuckets(config, caller)) progress.note(note);
  await checkNetwork(config);
  const roles = await missingServiceLinkedRoles(config);
  progress.step('Synthesizing the stack');
  const stackFolder = await synthesizeStack(makeWorkFolder(config.namePrefix), config);
  const terraform = await Terraform.init(config, stackFolder, progress);
  let changes = await terraform.plan(progress);
  progress.step('Looking for what the changes would overwrite');
  const unknown = await findUnknownResources(changes, config, caller, state);
  if (unknown.length > 0) changes = await terraform.plan(progress, unknown);
  await checkDataLoss(changes, config);
  return { config, caller, state, roles, changes, terraform };
}

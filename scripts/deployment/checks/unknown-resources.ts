/**
 * Finds what a plan would create but AWS has already. Another state, or a person, made it: creating a cluster, an activity, a rule, an
 * alarm or a dashboard of a name that exists takes it over, and creating a role or a log group fails in the middle of the work. Or an
 * interrupted run of this state made it, and ended before Terraform could note it.
 */

import { FIRST_RESOURCE } from '../../../stacks/first-resource';
import type { Config } from '../../../stacks/settings/complete-config';
import { UsageError } from '../../cli/usage-error';
import type { CallerIdentity } from '../account/caller-identity';
import type { Change } from '../terraform/plan';
import { type State, stateLocation } from '../terraform/state';
import { type Found, openLookUps, type Planned } from './look-ups';

/** A resource that Terraform is to import. */
export interface Unknown extends Found {
  address: string;
}

/**
 * Returns what an interrupted run of this state left, to be imported: the state owns the resource that a deployment creates first, and
 * the tags name the deployment. Throws a UsageError for anything else, which names it and how to go on. Changes nothing.
 */
export async function findUnknownResources(
  changes: Change[],
  config: Config,
  caller: CallerIdentity,
  state: State | undefined,
): Promise<Unknown[]> {
  const created = changes.filter(({ actions }) => actions.join() === 'create');
  const lookUps = openLookUps(config.region, caller);
  try {
    const looked = created.map(async ({ type, address, after }) => {
      const found = await lookUps.find(type, after as Planned);
      return found && { address, ...found };
    });
    const unknown = (await Promise.all(looked)).filter((each) => each !== undefined);
    const isOurs = state?.resources.some(({ address }) => address === FIRST_RESOURCE);
    const others = unknown.filter(({ tags }) => !isOurs || tags.Project !== config.namePrefix);
    if (others.length > 0) throw unknownResourcesError(others, config, state);
    return unknown;
  } finally {
    lookUps.close();
  }
}

const SHOWN = 6;

function unknownResourcesError(found: Unknown[], config: Config, state: State | undefined): UsageError {
  const { namePrefix, region, stateBucket } = config;
  const location = stateLocation(config);
  const [only] = found;
  if (found.length === 1 && only?.address === 'aws_s3_bucket.data') {
    return new UsageError(
      `The bucket ${only.id} exists already, but the Terraform state ${location} does not know it, so nothing was changed: use it with --bucket ${only.id}, or choose another --name-prefix.`,
    );
  }
  const names = found.slice(0, SHOWN).map(({ address, id }) => `${address} (${id})`);
  if (found.length > SHOWN) names.push(`${found.length - SHOWN} more`);
  const what = state ? 'are parts of' : 'is a deployment';
  const adopt = stateBucket ? '' : ', or name the bucket that has it (--state-bucket)';
  return new UsageError(
    `There ${what} ${namePrefix} in ${region} that the Terraform state ${location} does not know, so nothing was changed. Found: ${names.join(', ')}.`,
    `Copy the Terraform state of that deployment to ${location}${adopt}; or choose another --name-prefix for a second deployment. If no state is left, see "A lost state" in docs/operations.md.`,
  );
}

/** Instances that are billed and do no work: pure functions. */
import type { StuckInstance } from '../contract';
import type { Demand } from './demand';
import { type EndingInstance, isOverdue } from './terminating';

/**
 * Instances in service that no execution needs, or that run no worker. While instances boot or leave there are some; there should be none
 * for long. `running`: workers that run.
 */
export function idleInstances(
  { workers, complete }: Pick<Demand, 'workers' | 'complete'>,
  inService: number,
  running: number,
): number {
  // An execution may need them if the provisioner knows too little about it.
  return workers === 0 && complete ? inService : Math.max(0, inService - running);
}

/** Those that should have ended, the first first. */
export function stuckInstances(
  ending: readonly EndingInstance[],
  stopTimeoutSeconds: number,
  now: Date,
): StuckInstance[] {
  return ending
    .filter(({ since }) => isOverdue(since, stopTimeoutSeconds, now))
    .map(({ instanceId, since, state }) => ({
      instance_id: instanceId,
      state,
      since: since.toISOString(),
    }));
}

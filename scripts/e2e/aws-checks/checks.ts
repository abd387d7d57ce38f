/** Every fact that a script can try, those without a run first. */
import { capabilities } from './capabilities';
import type { AwsCheck } from './check';
import { definition } from './definition';
import { draining } from './draining';
import { emptySource } from './empty-source';
import { expressions } from './expressions';
import { listingDelay } from './listing-delay';
import { longList } from './long-list';
import { mapLimits } from './map-limits';
import { statusEvents } from './status-events';

export const CHECKS: readonly AwsCheck[] = [
  definition,
  expressions,
  capabilities,
  draining,
  mapLimits,
  longList,
  emptySource,
  listingDelay,
  statusEvents,
];

/** The table of the scenarios: one line each, and one file each. */
import { busyCores } from './busy-cores';
import { firstObject } from './first-object';
import { largeObject } from './large-object';
import { longObjects } from './long-objects';
import { manyKeys } from './many-keys';
import { originalSystem } from './original-system';
import { plan } from './plan';
import type { Scenario } from './scenario';
import { smallObjects } from './small-objects';
import { stepFunctions } from './step-functions';
import { thumbnails } from './thumbnails';

export const SCENARIOS: Record<string, Scenario> = {
  'small-objects': smallObjects,
  'busy-cores': busyCores,
  'step-functions': stepFunctions,
  'long-objects': longObjects,
  'first-object': firstObject,
  'large-object': largeObject,
  'many-keys': manyKeys,
  'original-system': originalSystem,
  plan,
  thumbnails,
};

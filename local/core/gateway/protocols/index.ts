/** The wire protocols of services that are tables of operations. */
import type { OperationsService } from '../../service';
import { json } from './json';
import type { Protocol } from './protocol';
import { query } from './query';
import { restJson } from './rest-json';

export type { Answer } from './protocol';

export const PROTOCOLS: Record<OperationsService['protocol'], Protocol> = {
  json,
  query,
  'rest-json': restJson,
};

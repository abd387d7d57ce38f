/** One object of a run, in one line. */

import type { ObjectFailure, ObjectOutcome } from '../../client';
import { oneLine } from '../cli/one-line';

/** Wide enough for every status. */
const STATUS_WIDTH = 8;

export function describeOutcome(outcome: ObjectOutcome | ObjectFailure): string {
  const status = 'status' in outcome ? outcome.status : 'failed';
  return `${status.padEnd(STATUS_WIDTH)} ${outcome.object_key}${describeDetails(outcome)}`;
}

function describeDetails(outcome: ObjectOutcome | ObjectFailure): string {
  if ('error' in outcome) return `: ${outcome.error}: ${oneLine(outcome.message)}`;
  if (!('processed_key' in outcome)) return '';
  const { processed_key, outputs, status, processing_time, bytes_in, bytes_out } = outcome;
  const made = outputs?.map(({ key }) => key).join(', ') ?? processed_key;
  const arrow = made ? ` → ${made}` : '';
  if (status === 'skipped') return arrow;
  return `${arrow} (${processing_time} s, ${bytes_in} bytes in, ${bytes_out} out)`;
}

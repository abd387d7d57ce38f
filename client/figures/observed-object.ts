/** One object as the figures count it, from the results or from a worker's log. */
import type { ObjectOutcome } from '../outcome';
import type { OutcomeCounts } from './run-figures';

export interface ObservedObject {
  key: string;
  status: keyof OutcomeCounts;
  /** Milliseconds since the epoch. */
  endedAt?: number;
  /** Seconds of the object, without the time that it waited for others. If it failed, those of its whole task. */
  seconds?: number;
  bytesIn?: number;
  bytesOut?: number;
  worker?: string;
  slot?: number;
  attempt?: number;
  /** The most memory that its slot held, up to the end of the object. */
  peakMemoryMib?: number;
  /** The error, if the object failed. */
  error?: string;
  message?: string;
  stack?: string;
}

export function observed(outcome: ObjectOutcome): ObservedObject {
  const { object_key: key, status } = outcome;
  if ('processed_key' in outcome) {
    return {
      key,
      status: outcome.status,
      endedAt: Date.parse(outcome.processed_at) || undefined,
      seconds: outcome.processing_time,
      bytesIn: outcome.bytes_in,
      bytesOut: outcome.bytes_out,
      worker: outcome.worker_id,
      slot: outcome.slot,
      attempt: outcome.attempt,
      ...(outcome.peak_memory_mib !== undefined && { peakMemoryMib: outcome.peak_memory_mib }),
    };
  }
  if (!('error' in outcome)) return { key, status };
  const { error, message, stack, worker_id: worker, slot, attempt, started_at = '', ended_at = '' } = outcome;
  const endedAt = Date.parse(ended_at) || undefined;
  const startedAt = Date.parse(started_at) || undefined;
  const failure = { key, status: 'failed' as const, error, message, stack, worker, slot, attempt, endedAt };
  if (endedAt === undefined || startedAt === undefined) return failure;
  return { ...failure, seconds: Math.max(endedAt - startedAt, 0) / 1000 };
}

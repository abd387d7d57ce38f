/** What a line of a worker's log tells of one object. */
import type { ObservedObject } from '../../client/figures/observed-object';
import type { LoggedLine } from '../../client/worker-log';

const STATUSES: Partial<Record<string, 'success' | 'skipped' | 'failed'>> = {
  'S3 object processed successfully': 'success',
  'S3 object skipped': 'skipped',
  'S3 object failed': 'failed',
};

interface Line {
  message?: string;
  execution?: string;
  timestamp?: string;
  key?: string;
  seconds?: number;
  slot?: number;
  attempt?: number;
  error?: string;
  cause?: string;
  stack?: string;
}

/** Undefined for a line that tells of no object's end, or of another execution's. A failed attempt may be followed by another. */
export function observeLine(
  { message: text, timestamp, stream }: LoggedLine,
  execution: string,
): ObservedObject | undefined {
  const line = parse(text);
  const status = STATUSES[line.message ?? ''];
  if (status === undefined || line.execution !== execution || line.key === undefined) return undefined;
  const { key, seconds, slot, attempt, error, cause: message, stack } = line;
  const endedAt = Date.parse(line.timestamp ?? '') || timestamp;
  const worker = stream.slice(stream.lastIndexOf('/') + 1);
  return {
    key,
    status,
    endedAt,
    seconds,
    worker,
    slot,
    attempt,
    ...(status === 'failed' && { error, message, stack }),
  };
}

function parse(text: string): Line {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

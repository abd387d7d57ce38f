/** What a line of a worker's log says about one object. */
import type { ObservedObject } from '../../client/figures/observed-object';
import type { LoggedLine } from '../../client/follow/worker-log';
import { OBJECT_FAILED, OBJECT_PROCESSED, OBJECT_SKIPPED, parseLogLine } from '../../runtime/log-lines';

const STATUSES: Partial<Record<string, 'success' | 'skipped' | 'failed'>> = {
  [OBJECT_PROCESSED]: 'success',
  [OBJECT_SKIPPED]: 'skipped',
  [OBJECT_FAILED]: 'failed',
};

/** Undefined for a line that is not about an object's end, or of another execution's. A failed attempt may be followed by another. */
export function observeLine(
  { message: text, timestamp, stream }: LoggedLine,
  execution: string,
): ObservedObject | undefined {
  const line = parseLogLine(text);
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

import type { Execution } from './execution';
import { MAX_EVENTS } from './history';

export interface RedriveEligibility {
  redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  redriveStatusReason?: string;
}

/** Whether an execution can be redriven now. Wording and rules: API reference, DescribeExecution. */
export function redriveEligibility({ status, history, mapRun }: Execution): RedriveEligibility {
  const not = (redriveStatusReason: string): RedriveEligibility => ({
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason,
  });
  if (status === 'RUNNING' || status === 'SUCCEEDED') {
    return not(`Execution is ${status} and cannot be redriven`);
  }
  if (history.events.length >= MAX_EVENTS - 1) return not('Execution history event limit exceeded');
  return { redriveStatus: mapRun ? 'REDRIVABLE_BY_MAP_RUN' : 'REDRIVABLE' };
}

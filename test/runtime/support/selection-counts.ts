import type { SelectionCounts } from '../../../runtime/contract';

/** The counts of a selection that has seen nothing. */
export const nothingCounted = (): SelectionCounts => ({
  seen: 0,
  selected: 0,
  bytes: 0,
  without_size: 0,
  passed_over: 0,
  duplicates: 0,
  missing: 0,
  up_to_date: 0,
  refused: {},
  examples: [],
});

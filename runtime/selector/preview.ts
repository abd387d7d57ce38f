/** What a selection would choose: the same code as a call of the selector, and nothing is written. */
import type { SelectionCounts, SelectorEvent } from '../contract';
import { type CallContext, prepareSelection } from './call';
import { KeySet } from './key-set';
import { describeSelection } from './message';
import { readSource } from './sources';

export interface SelectionPreview {
  counts: SelectionCounts;
  /** One line for people. */
  message: string;
  /** The keys of the first objects, in order. */
  first: string[];
}

/** Throws a SelectionError. */
export async function previewSelection(
  event: Omit<SelectorEvent, 'execution' | 'call'>,
  context: Omit<CallContext, 'keys'>,
  firstKeys: number,
): Promise<SelectionPreview> {
  const { source, selection } = prepareSelection(event, { ...context, keys: new KeySet() });
  const first: string[] = [];
  for await (const page of readSource(context.s3, source)) {
    const chosen = await selection.choose(page);
    first.push(...chosen.slice(0, firstKeys - first.length).map(({ key }) => key));
    if (selection.isComplete) break;
  }
  const message = await describeSelection(context.s3, source, event, selection);
  return { counts: selection.counts, message, first };
}

/** How a run stands, in a word and a colour. */
import { element } from '../dom';

const STATUSES: Record<string, [word: string, mark: string, kind: string]> = {
  RUNNING: ['Running', '▶', 'active'],
  SUCCEEDED: ['Succeeded', '✓', 'good'],
  FAILED: ['Failed', '✕', 'bad'],
  TIMED_OUT: ['Timed out', '✕', 'bad'],
  ABORTED: ['Stopped', '■', 'neutral'],
  PENDING_REDRIVE: ['Waits for its redrive', '▶', 'active'],
};

/** `status`: undefined if Step Functions has forgotten the execution. */
export function statusBadge(status: string | undefined): HTMLElement {
  const [word, mark, kind] = STATUSES[status ?? ''] ?? [status ?? 'Ended', '■', 'neutral'];
  return element('span', { class: `status ${kind}` }, element('span', { 'aria-hidden': 'true' }, mark), word);
}

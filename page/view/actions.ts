/** What a reader may do with a run: stop it, retry what failed. */
import { element, type Part } from '../dom';
import { counted } from '../format';
import type { RunView } from '../run-view';
import { retryFailed, runLink, stopRun } from './api';

/** `onProblem`: gets the reason why the server did not do it. */
export function runActions(onProblem: (problem: string | undefined) => void): Part<RunView> {
  let run: RunView | undefined;
  const button = (text: string, kind: string | undefined, act: (run: RunView) => Promise<void>) => {
    const made = element('button', { type: 'button', class: kind, hidden: true }, text);
    made.addEventListener('click', async () => {
      if (!run) return;
      made.disabled = true;
      onProblem(undefined);
      await act(run).catch((error: Error) => onProblem(error.message));
      made.disabled = false;
    });
    return made;
  };
  const stop = button('Stop', 'danger', async ({ name }) => {
    if (confirm(`Stop ${name}? A later run with the same input processes the objects that are not done.`))
      await stopRun(name);
  });
  const retry = button('Retry failed objects', undefined, async ({ name, figures }) => {
    const failed = counted(figures.counts.failed, 'object');
    if (!confirm(`Start a run of the ${failed} that failed in ${name}?`)) return;
    location.assign(runLink((await retryFailed(name)).name));
  });
  return {
    element: element('div', { class: 'actions' }, stop, retry),
    show(next) {
      run = next;
      stop.hidden = run.status !== 'RUNNING';
      // Its input is needed, too, which Step Functions has.
      retry.hidden = run.status === 'RUNNING' || run.input === undefined || run.figures.counts.failed === 0;
    },
  };
}

/** One run, while it goes on and after. */
import { element } from '../dom';
import { percent } from '../format';
import { runPage } from '../run';
import type { RunView } from '../run-view';
import { runActions } from './actions';
import { followRun } from './api';
import { logView } from './log';
import { notice } from './notice';
import { progressBar } from './progress';

export function liveRun(name: string): HTMLElement {
  document.title = name;
  const trouble = notice();
  const lost = notice();
  const actions = runActions(trouble.show);
  const progress = progressBar();
  const log = logView();
  const page = runPage({
    actions: actions.element,
    progress: progress.element,
    sections: [['Log', log.element]],
  });
  page.element.hidden = true;
  // Of a million objects, the results take a while.
  const reading = element('p', { class: 'empty', role: 'status' }, 'Reading the run…');
  const show = (run: RunView) => {
    page.element.hidden = false;
    reading.hidden = true;
    actions.show(run);
    progress.show(run);
    page.show(run);
    const { total = 0, done = 0 } = run.progress ?? {};
    document.title = total > 0 ? `${percent(done / total)} ${name}` : name;
  };
  followRun(name, {
    onOpen() {
      lost.show(undefined);
      log.clear();
    },
    onEvent(event) {
      if ('run' in event) show(event.run);
      else if ('lines' in event) log.add(event.lines);
      else if ('problem' in event) {
        reading.hidden = true;
        trouble.show(event.problem);
      }
    },
    // A server that is started again has another key, often another port.
    onLost: () =>
      lost.show(
        'The server does not answer. Start it again with npm run view, and open the address that it prints.',
      ),
  });
  const back = element('nav', { 'aria-label': 'Runs' }, element('a', { href: '/' }, '← All runs'));
  return element('div', {}, back, trouble.element, lost.element, reading, page.element);
}

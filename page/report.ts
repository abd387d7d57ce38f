/** The script of a report: one file, with the run in it. */
import './style.css';
import { element } from './dom';
import { instant, timeZone } from './format';
import { runPage } from './run';
import type { RunView } from './run-view';

const run: RunView = JSON.parse(document.getElementById('run')?.textContent ?? '');
const page = runPage();
document
  .getElementById('page')
  ?.replaceChildren(
    page.element,
    element('footer', {}, `Report of ${instant(run.madeAt)} ${timeZone(run.madeAt)}`),
  );
page.show(run);

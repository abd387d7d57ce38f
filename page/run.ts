/** The view of one run, which a report and the page of live runs share. */
import { durationsChart } from './charts/durations';
import { throughputChart } from './charts/throughput';
import { timelineChart } from './charts/timeline';
import { type Child, element, fill, type Part } from './dom';
import type { RunView } from './run-view';
import { costTable } from './sections/cost';
import { failures } from './sections/failures';
import { header } from './sections/header';
import { slowest } from './sections/slowest';
import { tiles } from './sections/tiles';

export interface RunPageOptions {
  /** Shown beside the name of the run. */
  actions?: HTMLElement;
  /** Shown between the numbers and the charts. */
  progress?: HTMLElement;
  /** Further sections, before the last one. */
  sections?: [title: string, content: HTMLElement][];
}

export function runPage({ actions, progress, sections = [] }: RunPageOptions = {}): Part<RunView> {
  const top = header(actions);
  const numbers = tiles();
  const throughput = throughputChart();
  const timeline = timelineChart();
  const durations = durationsChart();
  const failed = failures();
  const slow = slowest();
  const cost = costTable();
  const costSection = section('Cost', cost.element);
  const input = element('pre', { tabindex: 0 });
  const place = element('dl', { class: 'place' });
  return {
    element: element(
      'article',
      {},
      top.element,
      numbers.element,
      progress,
      section('Objects a second', throughput.element),
      section('Workers and slots', timeline.element),
      section('Time an object takes', durations.element),
      section('Failures', failed.element),
      section('Slowest objects', slow.element),
      ...sections.map(([title, content]) => section(title, content)),
      costSection,
      section('Run', place, element('details', {}, element('summary', {}, 'Input'), input)),
    ),
    show(run) {
      top.show(run);
      numbers.show(run);
      const { figures, progress, madeAt, startedAt = figures.from ?? madeAt } = run;
      const endedAt = progress ? madeAt : (run.endedAt ?? figures.to ?? startedAt);
      throughput.show({ grid: figures.throughput, startedAt, endedAt });
      timeline.show({ grid: figures.timeline, startedAt, endedAt });
      durations.show(figures.durations);
      failed.show(run);
      slow.show(run);
      costSection.hidden = run.cost === undefined;
      if (run.cost) cost.show(run.cost);
      fill(place, ...facts(run));
      input.textContent = run.input
        ? JSON.stringify(run.input, undefined, 2)
        : 'Step Functions has forgotten it.';
    },
  };
}

let sectionCount = 0;

function section(title: string, ...children: Child[]): HTMLElement {
  sectionCount += 1;
  const id = `section-${sectionCount}`;
  return element('section', { 'aria-labelledby': id }, element('h2', { id }, title), ...children);
}

function facts({ arn, location }: RunView): Child[] {
  const rows: [string, Child][] = [
    ['Execution', element('code', {}, arn)],
    ['Outputs', location.outputs && element('code', {}, location.outputs)],
    ['Results', location.results && element('code', {}, location.results)],
    ['AWS console', location.console && element('a', { href: location.console }, 'the execution')],
  ];
  return rows.flatMap(([name, value]) => (value ? [element('dt', {}, name), element('dd', {}, value)] : []));
}

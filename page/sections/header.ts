/** What a run was, and how it ended. */
import { element, fill, type Part } from '../dom';
import { counted, duration, instant, timeZone } from '../format';
import type { RunView } from '../run-view';
import { statusBadge } from './status';

/** `actions`: shown beside the name. */
export function header(actions?: HTMLElement): Part<RunView> {
  const title = element('div', { class: 'title' });
  const facts = element('p', { class: 'facts' });
  const problem = element('div', { class: 'problem', role: 'note' });
  return {
    element: element('header', {}, title, facts, problem),
    show(run) {
      fill(title, element('h1', {}, run.name), statusBadge(run.status), actions);
      fill(facts, ...factsOf(run).flatMap((fact) => [element('span', {}, fact), ' ']));
      problem.hidden = run.error === undefined;
      fill(problem, element('strong', {}, run.error ?? ''), run.cause && element('p', {}, run.cause));
    },
  };
}

function factsOf({
  processor,
  workersWanted,
  location,
  figures,
  startedAt = figures.from,
  endedAt = figures.to,
  progress,
  madeAt,
}: RunView) {
  return [
    processor !== undefined && `Processor ${processor}`,
    workersWanted !== undefined && counted(workersWanted, 'worker'),
    location.kind === 'aws' ? `AWS, ${location.region}` : 'Local cloud',
    startedAt !== undefined && `Started ${instant(startedAt)} ${timeZone(startedAt)}`,
    startedAt !== undefined && progress && `Runs for ${duration((madeAt - startedAt) / 1000)}`,
    startedAt !== undefined &&
      !progress &&
      endedAt !== undefined &&
      `Took ${duration((endedAt - startedAt) / 1000)}`,
  ].filter((fact) => typeof fact === 'string');
}

/** The runs of the deployment, the newest first. */
import { type Child, element, fill, type Part } from '../dom';
import { duration, instant } from '../format';
import type { ListedRun, RunList, SentMessage } from '../run-view';
import { statusBadge } from '../sections/status';
import { pagedTable } from '../table';
import { readRuns, runLink } from './api';
import { notice } from './notice';

const INTERVAL_MILLISECONDS = 5_000;

export function runList(): HTMLElement {
  const title = element('h1', {}, 'Runs');
  const facts = element('p', { class: 'facts' });
  const trouble = notice();
  const table = pagedTable<ListedRun>({
    caption: 'Runs, the newest first',
    columns: [
      { head: 'Run', cell: ({ name }) => element('a', { href: runLink(name) }, name) },
      { head: 'Status', kind: 'name', cell: ({ status }) => statusBadge(status) },
      {
        head: 'Started',
        kind: 'name',
        cell: ({ startedAt }) => (startedAt === undefined ? '' : instant(startedAt)),
      },
      { head: 'Time', kind: 'number', cell: timeOf },
    ],
  });
  const empty = element(
    'div',
    { class: 'empty' },
    element('p', {}, 'No run yet. Start one in a terminal:'),
    element('pre', { tabindex: 0 }, 'npx ts-node scripts/execute.ts 4 data/'),
  );
  const list = element('section', { 'aria-label': 'Runs' }, table.element, empty);
  const sent = messageList();
  const show = ({ title: name, location, runs, messages }: RunList) => {
    document.title = `Runs of ${name}`;
    fill(title, name);
    const where = location.kind === 'aws' ? `AWS, ${location.region}` : 'Local cloud';
    const console: Child =
      location.console !== undefined && element('a', { href: location.console }, 'AWS console');
    fill(facts, element('span', {}, where), ' ', console);
    table.element.hidden = runs.length === 0;
    empty.hidden = runs.length > 0;
    table.show(runs);
    sent.show(messages);
  };
  list.hidden = true;
  const refresh = async () => {
    try {
      show(await readRuns());
      list.hidden = false;
      trouble.show(undefined);
    } catch (error) {
      trouble.show((error as Error).message);
    }
    setTimeout(refresh, INTERVAL_MILLISECONDS);
  };
  void refresh();
  return element(
    'article',
    {},
    element('header', {}, element('div', { class: 'title' }, title), facts),
    trouble.element,
    list,
    sent.element,
  );
}

/** Hidden if nothing was sent. */
function messageList(): Part<SentMessage[]> {
  const list = element('div');
  let shown: string | undefined;
  const whole = element(
    'section',
    { 'aria-labelledby': 'messages', hidden: true },
    element('h2', { id: 'messages' }, 'Messages'),
    list,
  );
  return {
    element: whole,
    show(messages) {
      whole.hidden = messages.length === 0;
      const state = JSON.stringify(messages);
      // One that a reader has opened stays open.
      if (state === shown) return;
      shown = state;
      fill(list, ...messages.map(messageDetails));
    },
  };
}

function messageDetails({ at, subject, text }: SentMessage): HTMLElement {
  const time = element('time', { class: 'note' }, instant(at));
  return element(
    'details',
    {},
    element('summary', {}, subject, ' ', time),
    element('pre', { tabindex: 0 }, text),
  );
}

function timeOf({ startedAt, endedAt }: ListedRun): string {
  if (startedAt === undefined) return '';
  return duration(((endedAt ?? Date.now()) - startedAt) / 1000);
}

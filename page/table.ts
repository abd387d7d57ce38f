/** A table of any length, a page at a time. */
import { type Child, element, fill, type Part } from './dom';
import { count } from './format';

export interface TableColumn<Row> {
  head: string;
  /** Numbers are aligned right; names do not wrap. Default: text. */
  kind?: 'number' | 'name';
  cell(row: Row): Child;
}

export interface TableOptions<Row> {
  /** What the table has, for screen readers. */
  caption: string;
  columns: TableColumn<Row>[];
  /** Rows of a page. Default 20. */
  pageSize?: number;
}

export function pagedTable<Row>({
  caption,
  columns,
  pageSize = 20,
}: TableOptions<Row>): Part<readonly Row[]> {
  let rows: readonly Row[] = [];
  let page = 0;
  let drawn: string | undefined;
  const body = element('tbody');
  const heads = columns.map(({ head, kind }) => element('th', { scope: 'col', class: kind }, head));
  const table = element(
    'table',
    {},
    element('caption', { class: 'hidden' }, caption),
    element('thead', {}, element('tr', {}, ...heads)),
    body,
  );
  // Focusable, so that the keyboard can scroll a table that is wider than the page.
  const frame = element('div', { class: 'table', tabindex: 0, role: 'group', 'aria-label': caption }, table);
  const position = element('span', { 'aria-live': 'polite' });
  const button = (text: string, label: string, step: number) => {
    const made = element('button', { type: 'button', 'aria-label': `${label}: ${caption}` }, text);
    made.addEventListener('click', () => {
      page += step;
      draw();
    });
    return made;
  };
  const previous = button('Previous', 'Previous page', -1);
  const next = button('Next', 'Next page', 1);
  const pages = element('div', { class: 'pages' }, previous, position, next);
  function draw(): void {
    const last = Math.max(Math.ceil(rows.length / pageSize) - 1, 0);
    page = Math.min(Math.max(page, 0), last);
    const start = page * pageSize;
    const shown = rows.slice(start, start + pageSize);
    // What a reader has opened or focused stays as it is while nothing changes.
    const state = JSON.stringify([start, rows.length, shown]);
    if (state === drawn) return;
    drawn = state;
    fill(
      body,
      ...shown.map((row) =>
        element('tr', {}, ...columns.map(({ kind, cell }) => element('td', { class: kind }, cell(row)))),
      ),
    );
    pages.hidden = last === 0;
    previous.disabled = page === 0;
    next.disabled = page === last;
    fill(position, `${count(start + 1)} to ${count(start + shown.length)} of ${count(rows.length)}`);
  }
  return {
    element: element('div', {}, frame, pages),
    show(value) {
      rows = value;
      draw();
    },
  };
}

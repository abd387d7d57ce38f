/** The objects that took longest. */
import type { SlowObject } from '../../client/figures/run-figures';
import { element, type Part } from '../dom';
import { count, duration, size, workerSlot } from '../format';
import type { RunView } from '../run-view';
import { pagedTable } from '../table';
import { objectName } from './object-name';

export function slowest(): Part<RunView> {
  let run: RunView | undefined;
  const table = pagedTable<SlowObject>({
    caption: 'Slowest objects',
    pageSize: 10,
    columns: [
      { head: 'Object', cell: ({ key }) => (run ? objectName(key, run.location) : key) },
      { head: 'Time', kind: 'number', cell: ({ seconds }) => duration(seconds) },
      // The log of a run that goes on has no bytes.
      { head: 'Size', kind: 'number', cell: ({ bytes }) => (run?.progress ? '' : size(bytes)) },
      { head: 'Attempt', kind: 'number', cell: ({ attempt }) => count(attempt) },
      { head: 'Worker', kind: 'name', cell: ({ worker, slot }) => workerSlot(worker, slot) },
    ],
  });
  const none = element('p', { class: 'empty' }, 'No object was processed.');
  return {
    element: element('div', {}, table.element, none),
    show(next) {
      run = next;
      const { slowest: rows } = run.figures;
      table.element.hidden = rows.length === 0;
      none.hidden = rows.length > 0;
      table.show(rows);
    },
  };
}

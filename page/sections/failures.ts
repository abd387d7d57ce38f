/** What failed, by error, with messages and stacks. */
import type { FailedObject, FailureGroup } from '../../client/figures/run-figures';
import { type Child, element, fill, type Part } from '../dom';
import { count, counted, elapsed, workerSlot } from '../format';
import type { RunView } from '../run-view';
import { pagedTable } from '../table';
import { objectName } from './object-name';

export function failures(): Part<RunView> {
  const groups = new Map<string, Part<FailureGroup>>();
  const list = element('div');
  const none = element('p', { class: 'empty' }, 'Nothing failed.');
  let run: RunView | undefined;
  const context: Context = {
    name: (key) => (run ? objectName(key, run.location) : key),
    after: (at) => elapsed((at - (run?.startedAt ?? run?.figures.from ?? at)) / 1000),
  };
  const add = (error: string) => {
    const group = failureGroup(context, groups.size === 0);
    groups.set(error, group);
    return group;
  };
  return {
    element: element('div', {}, none, list),
    show(next) {
      run = next;
      const { failures: found } = run.figures;
      none.hidden = found.length > 0;
      // One that a reader has opened stays open.
      const shown = found.map((group) => {
        const part = groups.get(group.error) ?? add(group.error);
        part.show(group);
        return part.element;
      });
      if (
        shown.length !== list.childElementCount ||
        shown.some((each, index) => each !== list.children[index])
      )
        fill(list, ...shown);
    },
  };
}

interface Context {
  name(key: string): Child;
  /** Time since the start of the run. */
  after(at: number): string;
}

function failureGroup({ name, after }: Context, isOpen: boolean): Part<FailureGroup> {
  const summary = element('summary');
  const more = element('p', { class: 'note' });
  const table = pagedTable<FailedObject>({
    caption: 'Failed objects',
    pageSize: 10,
    columns: [
      { head: 'Object', cell: ({ key }) => name(key) },
      { head: 'Message', cell: message },
      {
        head: 'Attempt',
        kind: 'number',
        cell: ({ attempt }) => (attempt === undefined ? '' : count(attempt)),
      },
      { head: 'Worker', kind: 'name', cell: ({ worker, slot }) => workerSlot(worker, slot) },
      { head: 'After', kind: 'number', cell: ({ at }) => (at === undefined ? '' : after(at)) },
    ],
  });
  return {
    element: element('details', { class: 'failure', open: isOpen }, summary, table.element, more),
    show({ error, count: failed, objects }) {
      const [first] = objects;
      fill(
        summary,
        element('strong', {}, error),
        ` ${counted(failed, 'object')}`,
        element('span', { class: 'example' }, first?.message ?? ''),
      );
      table.show(objects);
      const left = failed - objects.length;
      more.hidden = left === 0;
      fill(more, `${counted(left, 'more object')}: scripts/results.ts --failed lists all.`);
    },
  };
}

function message({ message: text, stack }: FailedObject): Child {
  return element(
    'div',
    { class: 'message' },
    element('p', {}, text),
    stack !== undefined &&
      element('details', {}, element('summary', {}, 'Stack'), element('pre', { tabindex: 0 }, stack)),
  );
}

/** What the run costs, line by line. */
import type { CostLine } from '../../runtime/cost/cost';
import { element, fill, type Part } from '../dom';
import { dollars, smallDollars } from '../format';
import type { CostView } from '../run-view';
import { pagedTable } from '../table';

const amount = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export function costTable(): Part<CostView> {
  const note = element('p', { class: 'note' });
  const table = pagedTable<CostLine>({
    caption: 'Cost',
    columns: [
      { head: 'What', cell: ({ name }) => name.charAt(0).toUpperCase() + name.slice(1) },
      { head: 'Amount', kind: 'number', cell: (line) => `${amount.format(line.amount)} ${line.unit}` },
      {
        head: 'Price of one',
        kind: 'number',
        cell: ({ price }) => (price === undefined ? 'unknown' : `$${amount.format(price)}`),
      },
      {
        head: 'Cost',
        kind: 'number',
        cell: ({ dollars: cost }) => (cost === undefined ? 'unknown' : smallDollars(cost)),
      },
    ],
  });
  return {
    element: element('div', {}, table.element, note),
    show(cost) {
      table.show(cost.lines);
      fill(note, noteOf(cost));
    },
  };
}

function noteOf({ dollars: sum, isImagined, instances, source, unpriced }: CostView): string {
  const what = isImagined
    ? `The local cloud costs nothing. On AWS the run would cost about ${dollars(sum)}`
    : `In all about ${dollars(sum)}`;
  const missing = unpriced.length > 0 ? ` Without the price of ${unpriced.join(', ')}.` : '';
  return `${what} with ${instances}, at list prices from ${source}.${missing}`;
}

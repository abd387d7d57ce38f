/** The numbers that a reader looks for first. */
import { element, fill, type Part } from '../dom';
import { count, counted, dollars, duration, percent, rate, size } from '../format';
import type { RunView } from '../run-view';

interface Tile {
  name: string;
  value: string;
  more?: string;
  isBad?: boolean;
}

export function tiles(): Part<RunView> {
  const list = element('dl', { class: 'tiles' });
  return {
    element: list,
    show(run) {
      fill(
        list,
        ...tilesOf(run).map(({ name, value, more, isBad }) =>
          element(
            'div',
            { class: isBad && 'bad' },
            element('dt', {}, name),
            element('dd', {}, value, more !== undefined && element('small', {}, more)),
          ),
        ),
      );
    },
  };
}

function tilesOf({ figures, cost, startedAt = figures.from, endedAt = figures.to }: RunView): Tile[] {
  const { counts, durations, bytesIn, bytesOut, workers, retried } = figures;
  const { success, skipped, failed, done, pending } = counts;
  const slots = figures.timeline.rows.length;
  const ended = success + skipped + failed + done;
  const seconds = ((endedAt ?? 0) - (startedAt ?? 0)) / 1000;
  const parts = [
    skipped > 0 && `${count(skipped)} skipped`,
    retried > 0 && `${count(retried)} retried`,
    done > 0 && `${count(done)} done beside failed ones`,
    pending > 0 && `${count(pending)} not done`,
  ].filter(Boolean);
  const list: (Tile | false)[] = [
    { name: 'Objects', value: count(ended), more: parts.join(', ') || 'all processed' },
    {
      name: 'Failed',
      value: count(failed),
      more: failed > 0 ? `${percent(failed / ended)} of all` : 'none',
      isBad: failed > 0,
    },
    seconds > 0 && {
      name: 'Objects a second',
      value: rate(ended / seconds),
      more: `over ${duration(seconds)}`,
    },
    durations.count > 0 && {
      name: 'An object takes',
      value: duration(durations.p50),
      more: `99% up to ${duration(durations.p99)}`,
    },
    { name: 'Read', value: size(bytesIn), more: `${size(bytesOut)} written` },
    { name: 'Workers', value: count(workers), more: slots > workers ? counted(slots, 'slot') : undefined },
    cost !== undefined && {
      name: cost.isImagined ? 'Cost on AWS' : 'Cost',
      value: dollars(cost.dollars),
      more: cost.unpriced.length > 0 ? 'not all prices are known' : 'estimate',
    },
  ];
  return list.filter((tile) => tile !== false);
}

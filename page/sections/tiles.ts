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

function tilesOf(run: RunView): Tile[] {
  const { figures, cost, progress, startedAt = figures.from } = run;
  const endedAt = progress ? run.madeAt : (run.endedAt ?? figures.to);
  const { counts, durations, bytesIn, bytesOut, workers, retried, peakMemoryMib } = figures;
  const { success, skipped, failed, done, pending } = counts;
  const slots = figures.timeline.rows.length;
  // Step Functions counts the objects of a run that goes on; the log has attempts.
  const ended = progress?.done ?? success + skipped + failed + done;
  const failures = progress?.failed ?? failed;
  const seconds = ((endedAt ?? 0) - (startedAt ?? 0)) / 1000;
  const isWhole = !progress && pending === 0;
  const parts = [
    skipped > 0 && `${count(skipped)} skipped`,
    retried > 0 && `${count(retried)} retried`,
    done > 0 && `${count(done)} done beside failed ones`,
    pending > 0 && `${count(pending)} not done`,
  ].filter(Boolean);
  const list: (Tile | false)[] = [
    {
      name: 'Objects',
      value: count(ended),
      more:
        parts.join(', ') ||
        (progress ? `of ${count(progress.total)}` : ended > 0 ? 'all processed' : 'none was processed'),
    },
    {
      name: 'Failed',
      value: count(failures),
      more: failures > 0 ? `${percent(failures / ended)} of ${isWhole ? 'all' : 'those that ended'}` : 'none',
      isBad: failures > 0,
    },
    seconds > 0 &&
      (progress !== undefined || ended > 0) && {
        name: 'Objects a second',
        value: rate(progress?.rate ?? ended / seconds),
        more: progress?.rate === undefined ? `over ${duration(seconds)}` : 'now',
      },
    durations.count > 0 && {
      name: 'An object takes',
      value: duration(durations.p50),
      more: `99% up to ${duration(durations.p99)}`,
    },
    // The log of a run that goes on has no bytes.
    !progress && ended > 0 && { name: 'Read', value: size(bytesIn), more: `${size(bytesOut)} written` },
    {
      name: 'Workers',
      value: count(workers),
      more: [
        slots > workers && counted(slots, 'slot'),
        peakMemoryMib > 0 && `up to ${count(peakMemoryMib)} MiB each`,
      ]
        .filter(Boolean)
        .join(', '),
    },
    cost !== undefined && {
      name: cost.isImagined ? 'Cost on AWS' : 'Cost',
      value: dollars(cost.dollars),
      more: cost.unpriced.length > 0 ? 'not all prices are known' : 'estimate',
    },
  ];
  return list.filter((tile) => tile !== false);
}

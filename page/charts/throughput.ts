/** Objects a second, over time. */
import uPlot from 'uplot';
import type { Throughput } from '../../client/figures/run-figures';
import type { Part } from '../dom';
import { count, counted, duration, elapsed, rate } from '../format';
import { axis, COMMON, chart, type Drawing } from './chart';
import { columnStart, columnTime, type OfRun, timeAxis, timeRange } from './time-axis';

const HEIGHT = 240;

type Run = OfRun<Throughput>;

export function throughputChart(): Part<Run> {
  return chart({
    name: 'Objects a second',
    legend: [
      ['success', 'succeeded'],
      ['skipped', 'skipped'],
      ['failed', 'failed'],
    ],
    draw,
    empty: 'No object has ended.',
    table: {
      columns: [
        { head: 'Time from the start', cell: ({ at }) => elapsed(Math.max(at, 0)) },
        { head: 'Succeeded', kind: 'number', cell: ({ success }) => count(success) },
        { head: 'Skipped', kind: 'number', cell: ({ skipped }) => count(skipped) },
        { head: 'Failed', kind: 'number', cell: ({ failed }) => count(failed) },
        { head: 'Objects a second', kind: 'number', cell: (row) => rate(row.all / row.seconds) },
      ],
      rows: rowsOf,
    },
  });
}

function rowsOf(run: Run) {
  const { seconds, columns, success, skipped, failed } = run.grid;
  return Array.from({ length: columns }, (_, index) => {
    const row = { success: success[index] ?? 0, skipped: skipped[index] ?? 0, failed: failed[index] ?? 0 };
    return { ...row, at: columnStart(run, index), seconds, all: row.success + row.skipped + row.failed };
  });
}

function draw(run: Run): Drawing | undefined {
  const rows = rowsOf(run);
  if (rows.length === 0) return undefined;
  const { seconds } = run.grid;
  // One on the other: each series has those below it in it.
  const stacks = [
    rows.map(({ all }) => all / seconds),
    rows.map(({ skipped, failed }) => (skipped + failed) / seconds),
    rows.map(({ failed }) => failed / seconds),
  ];
  const most = Math.max(...(stacks[0] ?? []));
  const whole = rows.length * seconds;
  const all = rows.reduce((sum, row) => sum + row.all, 0);
  return {
    summary: `${counted(all, 'object')} in ${duration(whole)}: ${rate(all / whole)} a second on average, ${rate(most)} at most. A column is ${duration(seconds)}.`,
    data: [rows.map(({ at }) => at + seconds / 2), ...stacks],
    height: HEIGHT,
    describe: (index) => `${columnTime(run, index)}: ${describe(rows[index])}`,
    options: (colors) => {
      const bars = uPlot.paths.bars?.({
        size: [1, Number.POSITIVE_INFINITY],
        align: 0,
        gap: rows.length > 120 ? 0 : 1,
      });
      const series = (fill: string): uPlot.Series => ({
        paths: bars,
        fill,
        width: 0,
        points: { show: false },
      });
      return {
        ...COMMON,
        scales: {
          x: { time: false, range: timeRange(run) },
          y: { range: (_plot, _min, max) => [0, Math.max(max * 1.05, 0.1)] },
        },
        axes: [timeAxis(colors), axis(colors, { size: 60, values: (_plot, marks) => marks.map(rate) })],
        series: [{}, series(colors.success), series(colors.skipped), series(colors.failed)],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      };
    },
  };
}

function describe(row: ReturnType<typeof rowsOf>[number] | undefined): string {
  if (!row) return '';
  const others = [
    row.skipped > 0 && `${count(row.skipped)} skipped`,
    row.failed > 0 && `${count(row.failed)} failed`,
  ];
  const kinds = others.filter(Boolean).join(', ');
  return `${rate(row.all / row.seconds)} a second, ${counted(row.all, 'object')}${kinds && ` (${kinds})`}`;
}

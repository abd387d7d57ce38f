/** Workers and slots over time: how busy each was, and where its objects failed. */
import type uPlot from 'uplot';
import type { Timeline, TimelineRow } from '../../client/figures/run-figures';
import type { Part } from '../dom';
import { count, counted, percent, shortId, workerSlot } from '../format';
import { axis, COMMON, chart, type Drawing } from './chart';
import type { Colors } from './colors';
import { columnStart, columnTime, type OfRun, timeAxis, timeRange } from './time-axis';

/** Digits of base 36. */
const BUSIEST = 35;
const AXIS_HEIGHT = 40;
const FAILURE_WIDTH = 2;
/** Rows that have room for a name each. */
const NAMED_ROWS = 40;

type Run = OfRun<Timeline>;

export function timelineChart(): Part<Run> {
  return chart({
    name: 'Workers and slots',
    legend: [
      ['success', 'busy: the stronger, the more'],
      ['failed', 'an object failed'],
    ],
    draw,
    empty: 'No worker has processed an object.',
    table: {
      columns: [
        { head: 'Worker', kind: 'name', cell: ({ worker }) => shortId(worker) },
        { head: 'Slot', kind: 'number', cell: ({ slot }) => (slot === undefined ? 'all' : String(slot)) },
        { head: 'Objects', kind: 'number', cell: ({ objects }) => count(objects) },
        { head: 'Failed', kind: 'number', cell: ({ failed }) => count(failed) },
        { head: 'Busy', kind: 'number', cell: (row) => percent(busyShare(row)) },
      ],
      rows: ({ grid }: Run) => grid.rows,
    },
  });
}

const level = (digits: string | undefined, column: number) => Number.parseInt(digits?.[column] ?? '0', 36);

const busyShare = ({ busy }: TimelineRow) =>
  [...busy].reduce((sum, _, column) => sum + level(busy, column), 0) / (BUSIEST * Math.max(busy.length, 1));

function rowHeight(rows: number): number {
  if (rows <= 12) return 22;
  return rows <= NAMED_ROWS ? 16 : Math.max(640 / rows, 3);
}

function draw(run: Run): Drawing | undefined {
  const { rows, columns, seconds, hidden } = run.grid;
  if (rows.length === 0) return undefined;
  const workers = new Set(rows.map(({ worker }) => worker)).size;
  const hasSlots = rows.some(({ slot }) => slot !== undefined);
  const share = rows.reduce((sum, row) => sum + busyShare(row), 0) / rows.length;
  const names = hasSlots
    ? `${counted(workers, 'worker')}, ${counted(rows.length, 'slot')}`
    : counted(workers, 'worker');
  const missing = hidden > 0 ? ` ${counted(hidden, 'more worker')} not shown.` : '';
  const at = Array.from({ length: columns }, (_, column) => columnStart(run, column) + seconds / 2);
  return {
    summary: `${names}: busy for ${percent(share)} of the time.${missing}`,
    data: [at, at.map(() => null)],
    height: AXIS_HEIGHT + rows.length * rowHeight(rows.length),
    describe(column, y) {
      const row = rows[Math.min(Math.max(Math.floor(y), 0), rows.length - 1)];
      if (!row) return '';
      const failed = level(row.failures, column) > 0 ? ', an object failed' : '';
      const when = columnTime(run, column);
      return `${workerSlot(row.worker, row.slot)}, ${when}: busy for ${percent(level(row.busy, column) / BUSIEST)} of the time${failed}`;
    },
    options: (colors) => ({
      ...COMMON,
      scales: {
        x: { time: false, range: timeRange(run) },
        y: { dir: -1, range: [0, rows.length] },
      },
      axes: [timeAxis(colors), namesAxis(rows, colors)],
      series: [{}, { show: true, points: { show: false } }],
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      hooks: { draw: [(plot) => paint(plot, run, colors)] },
    }),
  };
}

/** The name of each row, or of each worker's first one if rows are narrow. */
function namesAxis(rows: TimelineRow[], colors: Colors): uPlot.Axis {
  const splits = rows.flatMap(({ worker }, index) =>
    rows.length <= NAMED_ROWS || rows[index - 1]?.worker !== worker ? [index + 0.5] : [],
  );
  const every = Math.ceil(splits.length / NAMED_ROWS);
  const shown = splits.filter((_, index) => index % every === 0);
  const name = (mark: number) => {
    const row = rows[Math.floor(mark)];
    return rows.length <= NAMED_ROWS ? workerSlot(row?.worker, row?.slot) : shortId(row?.worker ?? '');
  };
  return axis(colors, {
    size: rows.length <= NAMED_ROWS ? 116 : 76,
    grid: { show: false },
    splits: () => shown,
    values: (_plot, marks) => marks.map(name),
  });
}

function paint(plot: uPlot, run: Run, colors: Colors): void {
  const { ctx } = plot;
  const x = (column: number) => plot.valToPos(columnStart(run, column), 'x', true);
  const y = (row: number) => plot.valToPos(row, 'y', true);
  ctx.save();
  for (const [index, { busy, failures = '' }] of run.grid.rows.entries()) {
    const full = y(index + 1) - y(index);
    const gap = full > 8 ? 2 * devicePixelRatio : full > 4 ? 1 : 0;
    const [top, height] = [y(index) + gap / 2, full - gap];
    ctx.fillStyle = colors.line;
    ctx.globalAlpha = 0.5;
    ctx.fillRect(x(0), top, x(busy.length) - x(0), height);
    ctx.fillStyle = colors.success;
    for (const { from, to, digit } of runs(busy)) {
      if (digit === 0) continue;
      // A little work can be seen as well.
      ctx.globalAlpha = 0.2 + (0.8 * digit) / BUSIEST;
      ctx.fillRect(x(from), top, x(to) - x(from), height);
    }
    ctx.globalAlpha = 1;
    ctx.fillStyle = colors.failed;
    const width = FAILURE_WIDTH * devicePixelRatio;
    for (const { from, to, digit } of runs(failures)) {
      if (digit > 0) ctx.fillRect(x(from), top, Math.max(x(to) - x(from), width), height);
    }
  }
  ctx.restore();
}

/** Equal columns as one rectangle: a hundred times fewer. */
function* runs(digits: string): Generator<{ from: number; to: number; digit: number }> {
  for (let from = 0; from < digits.length; ) {
    let to = from + 1;
    while (to < digits.length && digits[to] === digits[from]) to += 1;
    yield { from, to, digit: level(digits, from) };
    from = to;
  }
}

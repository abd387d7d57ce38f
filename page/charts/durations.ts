/** How many objects took how long. */
import uPlot from 'uplot';
import type { Durations } from '../../client/figures/run-figures';
import type { Part } from '../dom';
import { count, counted, duration } from '../format';
import { axis, COMMON, chart, type Drawing } from './chart';
import type { Colors } from './colors';

const HEIGHT = 220;

export function durationsChart(): Part<Durations> {
  return chart({
    name: 'Seconds an object',
    draw,
    empty: 'No object was processed.',
    table: {
      columns: [
        { head: 'From', kind: 'number', cell: ({ from }) => duration(from) },
        { head: 'To', kind: 'number', cell: ({ to }) => duration(to) },
        { head: 'Objects', kind: 'number', cell: (column) => count(column.count) },
      ],
      rows: ({ columns }: Durations) => columns,
    },
  });
}

function draw({ columns, p50, p90, p99, max, mean }: Durations): Drawing | undefined {
  const [first] = columns;
  if (!first) return undefined;
  const factor = Math.log2(first.to / first.from);
  /** Durations grow by a factor from one column to the next. */
  const columnOf = (seconds: number) => Math.log2(Math.max(seconds, first.from) / first.from) / factor;
  const marks: [string, number][] = [
    ['p50', p50],
    ['p90', p90],
    ['p99', p99],
  ];
  return {
    summary: `Half of the objects took up to ${duration(p50)}, 90% up to ${duration(p90)}, 99% up to ${duration(p99)}, the slowest ${duration(max)}; ${duration(mean)} on average.`,
    data: [columns.map((_, index) => index + 0.5), columns.map((column) => column.count)],
    height: HEIGHT,
    describe(index) {
      const column = columns[index];
      return column
        ? `${duration(column.from)} to ${duration(column.to)}: ${counted(column.count, 'object')}`
        : '';
    },
    options: (colors) => ({
      ...COMMON,
      scales: {
        x: { time: false, range: [0, columns.length] },
        y: { range: (_plot, _min, most) => [0, Math.max(most * 1.12, 1)] },
      },
      axes: [
        axis(colors, {
          grid: { show: false },
          size: 30,
          space: 70,
          incrs: [1, 2, 4, 8, 16, 32],
          values: (_plot, at) => at.map((index) => duration(first.from * 2 ** (index * factor))),
        }),
        axis(colors, { size: 60, incrs: INTEGERS, values: (_plot, at) => at.map(count) }),
      ],
      series: [
        {},
        {
          paths: uPlot.paths.bars?.({ size: [1, Number.POSITIVE_INFINITY], align: 0, gap: 1 }),
          fill: colors.success,
          width: 0,
          points: { show: false },
        },
      ],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      hooks: {
        draw: [
          (plot) =>
            paintMarks(
              plot,
              marks.map(([name, at]) => [name, columnOf(at)]),
              colors,
            ),
        ],
      },
    }),
  };
}

const INTEGERS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power)).flat();

/** A line at each; names that would lie on one another are left out. */
function paintMarks(plot: uPlot, marks: [string, number][], colors: Colors): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colors.text;
  ctx.fillStyle = colors.text;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  let free = Number.NEGATIVE_INFINITY;
  for (const [name, at] of marks) {
    const x = plot.valToPos(at, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(name).width + 8 * ratio;
    if (x < free) continue;
    const isLast = x + width > bbox.left + bbox.width;
    ctx.textAlign = isLast ? 'right' : 'left';
    ctx.fillText(name, x + (isLast ? -4 : 4) * ratio, bbox.top + 12 * ratio);
    free = x + width;
  }
  ctx.restore();
}

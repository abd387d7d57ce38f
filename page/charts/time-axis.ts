/** The axis of time since the start of the run, to its end: a reader sees how long the workers took to come. */
import type uPlot from 'uplot';
import type { TimeGrid } from '../../client/figures/run-figures';
import { elapsed } from '../format';
import { axis } from './chart';
import type { Colors } from './colors';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Seconds between two marks. */
const STEPS = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];

export function timeAxis(colors: Colors): uPlot.Axis {
  return axis(colors, {
    incrs: STEPS,
    size: 30,
    space: 70,
    values: (_plot, marks) => marks.map((mark) => elapsed(mark)),
  });
}

/** Columns of time in a run. Both times are milliseconds since the epoch. */
export interface OfRun<Grid extends TimeGrid> {
  grid: Grid;
  startedAt: number;
  endedAt: number;
}

/** Seconds from the start of the run to the start of a column. */
export const columnStart = ({ grid, startedAt }: OfRun<TimeGrid>, column: number): number =>
  (grid.from - startedAt) / 1000 + column * grid.seconds;

/** Seconds from the start of the run that the axis shows. */
export function timeRange(run: OfRun<TimeGrid>): [from: number, to: number] {
  const end = (run.endedAt - run.startedAt) / 1000;
  // The first column begins before its first object, and the clocks of two machines differ.
  return [Math.min(columnStart(run, 0), 0), Math.max(columnStart(run, run.grid.columns), end)];
}

/** `0:10 to 0:12` */
export const columnTime = (run: OfRun<TimeGrid>, column: number): string =>
  `${elapsed(Math.max(columnStart(run, column), 0))} to ${elapsed(columnStart(run, column + 1))}`;

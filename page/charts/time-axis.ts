/** The axis of time since the start of the run. */
import type uPlot from 'uplot';
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

/**
 * The frame of every chart: uPlot on a canvas, one line below it that describes the column at the pointer, and the same data as a
 * table. The arrow keys move the pointer if the chart has the focus.
 */
import uPlot from 'uplot';
import { element, fill, type Part } from '../dom';
import { pagedTable, type TableColumn } from '../table';
import { type Colors, onColorsChange, readColors } from './colors';

export interface Drawing {
  /** In words: what a screen reader says of the chart, and the line below it if no column is pointed at. */
  summary: string;
  data: uPlot.AlignedData;
  /** Pixels, with the axes. */
  height: number;
  options(colors: Colors): Omit<uPlot.Options, 'width' | 'height'>;
  /** Of the column at the pointer. `y`: on the scale `y`. */
  describe(column: number, y: number): string;
}

export interface ChartOptions<Value, Row> {
  /** What the chart is, in a few words. */
  name: string;
  /** Colour names of the style sheet, and what each stands for. */
  legend?: [color: keyof Colors, meaning: string][];
  /** Undefined if there is nothing to draw. */
  draw(value: Value): Drawing | undefined;
  /** The text in place of a chart without data. */
  empty: string;
  table: { columns: TableColumn<Row>[]; rows(value: Value): Row[] };
}

/** What all charts have in common. */
export const COMMON: Pick<uPlot.Options, 'legend' | 'padding'> = {
  legend: { show: false },
  padding: [8, 28, 0, 0],
};

export function axis(colors: Colors, more: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: colors.muted,
    font: '12px system-ui, sans-serif',
    grid: { stroke: colors.line, width: 1 },
    ticks: { show: false },
    ...more,
  };
}

export function chart<Value, Row>(options: ChartOptions<Value, Row>): Part<Value> {
  const canvas = element('div', { class: 'canvas', tabindex: 0, role: 'img' });
  const readout = element('p', { class: 'readout', 'aria-live': 'polite' });
  const legend = element(
    'ul',
    { class: 'legend' },
    ...(options.legend ?? []).map(([color, meaning]) => element('li', { class: color }, meaning)),
  );
  const table = tableOf(options);
  const figure = element('figure', {}, options.legend && legend, canvas, readout, table.element);
  const empty = element('p', { class: 'empty' }, options.empty);
  const whole = element('div', {}, figure, empty);
  let drawn: { plot: uPlot; drawing: Drawing } | undefined;
  let value: Value | undefined;
  let state: string | undefined;

  function tell(column: number | null | undefined, top = 0): void {
    if (!drawn) return;
    const { plot, drawing } = drawn;
    const isPointed = typeof column === 'number';
    fill(readout, isPointed ? drawing.describe(column, plot.posToVal(top, 'y')) : drawing.summary);
  }

  function draw(): void {
    const drawing = value === undefined ? undefined : options.draw(value);
    figure.hidden = drawing === undefined;
    empty.hidden = drawing !== undefined;
    const { left = -10, top = -10 } = drawn?.plot.cursor ?? {};
    drawn?.plot.destroy();
    drawn = undefined;
    if (!drawing || canvas.clientWidth === 0) return;
    canvas.setAttribute('aria-label', `${options.name}. ${drawing.summary}`);
    const given = drawing.options(readColors());
    const setCursor = [({ cursor }: uPlot) => tell(cursor.idx, cursor.top)];
    const plot = new uPlot(
      { ...given, width: canvas.clientWidth, height: drawing.height, hooks: { ...given.hooks, setCursor } },
      drawing.data,
      canvas,
    );
    drawn = { plot, drawing };
    tell(undefined);
    // The pointer stays where it was.
    if (left >= 0) plot.setCursor({ left, top });
  }

  canvas.addEventListener('keydown', (event) => {
    if (!drawn) return;
    const { plot } = drawn;
    const { idx, top = 0 } = plot.cursor;
    const last = plot.data[0].length - 1;
    const row = rowHeightOf(plot);
    const moves: Record<string, [column: number, top: number]> = {
      ArrowLeft: [Math.max((idx ?? last + 1) - 1, 0), top],
      ArrowRight: [Math.min((idx ?? -1) + 1, last), top],
      Home: [0, top],
      End: [last, top],
      ArrowUp: [idx ?? 0, Math.max(top - row, 0)],
      ArrowDown: [idx ?? 0, Math.min(top + row, plot.over.clientHeight - 1)],
    };
    const move = moves[event.key];
    if (event.key === 'Escape') plot.setCursor({ left: -10, top: -10 });
    if (!move) return;
    event.preventDefault();
    const [column, at] = move;
    plot.setCursor({ left: plot.valToPos(plot.data[0][column] ?? 0, 'x'), top: Math.max(at, 1) });
  });
  canvas.addEventListener('blur', () => drawn?.plot.setCursor({ left: -10, top: -10 }));
  let width = 0;
  new ResizeObserver(() => {
    if (canvas.clientWidth === width && drawn) return;
    width = canvas.clientWidth;
    draw();
  }).observe(canvas);
  onColorsChange(draw);
  return {
    element: whole,
    show(next) {
      value = next;
      const before = state;
      state = JSON.stringify(next);
      if (state === before) return;
      draw();
      table.show(next);
    },
  };
}

/** Pixels from one row to the next, of a chart with rows. */
function rowHeightOf(plot: uPlot): number {
  const { min = 0, max = 1 } = plot.scales.y ?? {};
  return plot.over.clientHeight / Math.max(Math.abs((max ?? 1) - (min ?? 0)), 1);
}

/** Made when it is opened: most readers look at the chart. */
function tableOf<Value, Row>({ name, table: { columns, rows } }: ChartOptions<Value, Row>): Part<Value> {
  const table = pagedTable<Row>({ caption: `${name}, as a table`, columns });
  const details = element(
    'details',
    { class: 'data' },
    element('summary', {}, 'Show as a table'),
    table.element,
  );
  let value: Value | undefined;
  const update = () => {
    if (details.open && value !== undefined) table.show(rows(value));
  };
  details.addEventListener('toggle', update);
  return {
    element: details,
    show(next) {
      value = next;
      update();
    },
  };
}

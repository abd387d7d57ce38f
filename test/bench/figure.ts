/** The figures that a scenario measures. */

export type Aim = { atLeast: number } | { atMost: number };

export interface Figure {
  /**
   * Row of the table in docs/performance.md, which is also the order in which figures are printed. Default: it has no row, and is printed
   * last.
   */
  row?: number;
  /** The two values that are compared. */
  name: string;
  /** The unit of the value. Default: none, for a ratio. */
  unit?: 's' | 'MiB';
  /** The values, one for each repetition. */
  values: number[];
  /** The aim of the value. Default: none, and the value is only shown. */
  aim?: Aim;
  /** The measurements behind the values, of the last repetition. */
  measured: Record<string, number>;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** Joins the figures of a scenario's repetitions, which are in the same order. */
export function join(repetitions: Figure[][]): Figure[] {
  const last = repetitions.at(-1) ?? [];
  return last.map((figure, index) => ({
    ...figure,
    values: repetitions.flatMap((figures) => figures[index]?.values ?? []),
  }));
}

export function inOrder(figures: Figure[]): Figure[] {
  const rowOf = ({ row = Number.POSITIVE_INFINITY }: Figure) => row;
  return [...figures].sort((a, b) => (rowOf(a) === rowOf(b) ? 0 : rowOf(a) - rowOf(b)));
}

/** Lines: the median, the minimum and the maximum of the repetitions, the aim, and the measurements. */
export function format({ row, name, unit, values, aim, measured }: Figure): string[] {
  const ofUnit = unit ? ` ${unit}` : '';
  const spread = `${round(Math.min(...values))} to ${round(Math.max(...values))}`;
  const aimed = aim ? `, aim: ${describe(aim)}${ofUnit}` : '';
  return [
    `${round(median(values))}${ofUnit}  ${row ? `${row}. ` : ''}${name} (${spread}${aimed})`,
    ...Object.entries(measured).map(([what, value]) => `        ${what}: ${round(value)}`),
  ];
}

const describe = (aim: Aim) => ('atLeast' in aim ? `at least ${aim.atLeast}` : `at most ${aim.atMost}`);

const round = (value: number) => value.toFixed(Math.abs(value) >= 100 ? 0 : 2);

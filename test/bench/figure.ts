/** What a scenario measures: each figure is a ratio to a baseline of the same run, so that machines can be compared. */

export interface Figure {
  /** What is compared with what. */
  name: string;
  /** One of each repetition. */
  values: number[];
  /** What the value should be. Default: it is only shown. */
  aim?: { atLeast: number } | { atMost: number };
  /** What the values were made from, of the last repetition. */
  measured: Record<string, number>;
}

export interface ScenarioOptions {
  /** Objects of a run. */
  objects: number;
}

export type Scenario = (options: ScenarioOptions) => Promise<Figure[]>;

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** Joins the figures of repetitions, which come in the same order. */
export function join(repetitions: Figure[][]): Figure[] {
  const last = repetitions.at(-1) ?? [];
  return last.map((figure, index) => ({
    ...figure,
    values: repetitions.flatMap((figures) => figures[index]?.values ?? []),
  }));
}

/** The shape of every scenario. */
import { spawnSync } from 'node:child_process';
import type { Figure } from './figure';

/** The amount of work that is measured. */
export interface Sizes {
  /** Objects of about 200 bytes in a run. */
  smallObjects: number;
  /** Objects of 1 MiB in a run. */
  mebibyteObjects: number;
  /** Tasks of a map that pollers take and complete. */
  tasks: number;
  /** Objects that take `longSeconds` each. */
  longObjects: number;
  longSeconds: number;
  /** Workers that process them. */
  longWorkers: number;
  /** MiB of the one large object. */
  largeMebibytes: number;
  /** Keys of the map that those of `keys` are compared with. */
  fewKeys: number;
  keys: number[];
  /** Images of about 1 MB. */
  images: number;
  /** Objects that a plan measures. */
  sampled: number;
}

export const FULL_SIZES: Sizes = {
  smallObjects: 10_000,
  mebibyteObjects: 600,
  tasks: 2_000,
  longObjects: 100,
  longSeconds: 5,
  longWorkers: 20,
  largeMebibytes: 1_024,
  fewKeys: 1_000,
  keys: [100_000, 1_000_000],
  images: 300,
  sampled: 20,
};

/** One repetition of a scenario. */
export interface Round {
  /** The number of the round, from 1. */
  number: number;
  sizes: Sizes;
  /** A folder of its own, which is removed with the round. */
  folder: string;
  /** Called at every end of the round; the last one first. */
  atEnd(close: () => unknown): void;
  progress(what: string): void;
}

export interface Scenario {
  /** One line that helps a user to choose. */
  description: string;
  /** Rows of the table in docs/performance.md for which it has figures. */
  rows: number[];
  /** The tools that the machine must have. Default: none. */
  needs?: { linux?: boolean; programs?: string[] };
  measure(round: Round): Promise<Figure[]>;
}

/**
 * Measures both, the baseline first in rounds of an odd number, and last in the others: the second one finds warm caches and compiled code.
 */
export async function measureBoth<Baseline, Ours>(
  { number }: Pick<Round, 'number'>,
  baseline: () => Promise<Baseline>,
  ours: () => Promise<Ours>,
): Promise<[Baseline, Ours]> {
  if (number % 2 === 1) return [await baseline(), await ours()];
  const second = await ours();
  return [await baseline(), second];
}

/** The needs of a scenario that the machine lacks, as a text for the user. */
export function whatIsMissing({ needs: { linux, programs = [] } = {} }: Scenario): string | undefined {
  if (linux && process.platform !== 'linux') return 'Linux, whose /proc tells the CPU time of processes';
  return programs.find(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
  );
}

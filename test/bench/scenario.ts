/** What every scenario has. */
import { spawnSync } from 'node:child_process';
import type { Figure } from './figure';

/** How much is measured. */
export interface Sizes {
  /** Objects of about 200 bytes in a run. */
  smallObjects: number;
  /** Objects of 1 MiB in a run. */
  mebibyteObjects: number;
  /** Tasks that pollers take and complete, of a map. */
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
  /** From 1. */
  number: number;
  sizes: Sizes;
  /** A folder of its own, which goes with the round. */
  folder: string;
  /** Called when the round ends, however it ends; the last one first. */
  atEnd(close: () => unknown): void;
  progress(what: string): void;
}

export interface Scenario {
  /** One line for people who choose. */
  description: string;
  /** Rows of the table in docs/performance.md that it has figures for. */
  rows: number[];
  /** What the machine must have. Default: nothing special. */
  needs?: { linux?: boolean; programs?: string[] };
  measure(round: Round): Promise<Figure[]>;
}

/**
 * Measures both, the baseline first in rounds of an odd number, and last in the others: whoever comes second finds warm caches and
 * compiled code.
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

/** What a scenario needs and the machine lacks, for people. */
export function whatIsMissing({ needs: { linux, programs = [] } = {} }: Scenario): string | undefined {
  if (linux && process.platform !== 'linux') return 'Linux, whose /proc tells the CPU time of processes';
  return programs.find(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
  );
}

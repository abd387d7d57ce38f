/** Many seeds, two at a time, since a run mostly waits. */
import { type Outcome, runSeed } from './run';

const AT_A_TIME = 2;

/** Calls back for each seed when it ends. Never rejects for a seed that fails. */
export async function runSeeds(
  seeds: Iterable<number>,
  stackFolder: string,
  onEnd: (seed: number, outcome: Outcome | Error) => void,
): Promise<void> {
  const left = seeds[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); !next.done; next = left.next()) {
      const seed = next.value;
      await runSeed(seed, stackFolder).then(
        (outcome) => onEnd(seed, outcome),
        (error: Error) => onEnd(seed, error),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
}

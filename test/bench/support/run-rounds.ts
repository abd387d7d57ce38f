/** Runs the rounds of a scenario, each in a temporary folder that is removed at every end of the round. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, join as joinFigures } from '../figure';
import type { Round, Scenario, Sizes } from '../scenario';

export interface RoundsOptions {
  sizes: Sizes;
  /** The number of rounds. */
  rounds: number;
  /** When it is aborted, the current round is given up, and rejects with its reason. */
  signal?: AbortSignal;
  progress(what: string): void;
}

export async function runRounds(
  { measure }: Scenario,
  { sizes, rounds, signal, progress }: RoundsOptions,
): Promise<Figure[]> {
  const repetitions: Figure[][] = [];
  for (let number = 1; number <= rounds; number += 1) {
    progress(`round ${number} of ${rounds}`);
    repetitions.push(await runRound(measure, { number, sizes, progress }, signal));
  }
  return joinFigures(repetitions);
}

async function runRound(
  measure: Scenario['measure'],
  given: Omit<Round, 'folder' | 'atEnd'>,
  signal?: AbortSignal,
): Promise<Figure[]> {
  signal?.throwIfAborted();
  const root = mkdtempSync(join(tmpdir(), 'bench-'));
  const [folder, temporary] = [join(root, 'round'), join(root, 'tmp')];
  mkdirSync(folder);
  mkdirSync(temporary);
  // Temporary files that the round makes are below this folder as well.
  const { TMPDIR } = process.env;
  process.env.TMPDIR = temporary;
  const closers: (() => unknown)[] = [];
  let isOver = false;
  // A round that is given up may still be busy with opening.
  const atEnd = (close: () => unknown) => (isOver ? close() : closers.push(close));
  let giveUp = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal?.reason);
    signal?.addEventListener('abort', giveUp);
  });
  try {
    const measuring = measure({ ...given, folder, atEnd });
    // The measurement fails when the round closes its servers, and nothing awaits that.
    measuring.catch(() => {});
    return await Promise.race([measuring, aborted]);
  } catch (error) {
    // Ctrl-C ends programs of the scenario as well. That is not the error to report.
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    isOver = true;
    try {
      for (const close of closers.reverse()) await close();
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/** One large object: a worker's checksum and gzip of it, against the programs that people use for one file. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './figure';
import { measureBoth, type Round, type Scenario } from './scenario';
import { BenchCloud } from './support/bench-cloud';
import { run } from './support/child';
import { logLines } from './support/objects';

interface Work {
  processor: string;
  /** It reads the file, and writes to another one, which nobody reads, or to standard output. */
  program: string;
  args: string[];
  atMost: number;
}

const WORKS: Work[] = [
  { processor: 'checksum', program: 'sha256sum', args: [], atMost: 0.5 },
  { processor: 'gzip', program: 'gzip', args: ['-6', '--stdout'], atMost: 1.1 },
];

export const largeObject: Scenario = {
  description: 'one object of 1 GiB: checksum against sha256sum, gzip against gzip -6',
  rows: [8],
  needs: { programs: WORKS.map(({ program }) => program) },
  async measure(round) {
    const bench = await BenchCloud.start(round, {
      settings: {
        BATCH_PROCESSOR: 'checksum',
        BATCH_SLOTS_PER_WORKER: '1',
        BATCH_OBJECT_TIMEOUT_SECONDS: '3600',
      },
    });
    await mkdir(join(bench.folder, 'data'));
    const file = join(bench.folder, 'data', 'large.log');
    makeLargeFile(file, round.sizes.largeMebibytes);
    const figures: Figure[] = [];
    for (const work of WORKS) figures.push(await measureWork(round, bench, file, work));
    return figures;
  },
};

/**
 * Seconds of the object in its slot, from the first request to the last answer. The output of the program is a file, like that of the
 * worker.
 */
async function measureWork(round: Round, bench: BenchCloud, file: string, work: Work): Promise<Figure> {
  const { processor, program, args, atMost } = work;
  const name = `one object of ${round.sizes.largeMebibytes} MiB, ${processor}: a worker to ${[program, ...args.slice(0, 1)].join(' ')}`;
  round.progress(name);
  const [plain, worker] = await measureBoth(
    round,
    async () => {
      const output = openSync(join(round.folder, 'output'), 'w');
      try {
        return await run(round, program, [...args, file], { stdio: ['ignore', output, 'inherit'] });
      } finally {
        closeSync(output);
      }
    },
    async () => {
      const { execution } = await bench.run(1, { worker_count: 1, prefix: 'data/', processor });
      let seconds = Number.NaN;
      for await (const { processing_time } of execution.successes()) seconds = processing_time;
      return { seconds };
    },
  );
  return {
    row: 8,
    name,
    values: [worker.seconds / plain.seconds],
    aim: { atMost },
    measured: { [`${program} s`]: plain.seconds, 'worker s': worker.seconds },
  };
}

/** The same MiB again and again: gzip looks back 32 KiB only. */
function makeLargeFile(file: string, mebibytes: number): void {
  const mebibyte = logLines(0);
  const descriptor = openSync(file, 'w');
  for (let written = 0; written < mebibytes; written += 1) writeFileSync(descriptor, mebibyte);
  closeSync(descriptor);
}

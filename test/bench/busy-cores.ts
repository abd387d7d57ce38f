/**
 * Objects of 1 MiB that are compressed, with S3 30 ms away: whether slots compute all the time instead of waiting for the network. One
 * worker has as many slots as there are cores, as on EC2.
 *
 * The busy share is the CPU time of everything in the run (worker, slots, and the local cloud, which is S3 here), divided by the
 * cores and the time. It counts from the moment when all slots have begun until the last task is begun. Before, slots start; after, some
 * slots are idle.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Scenario } from './scenario';
import { BenchCloud } from './support/bench-cloud';
import { cpuOfThisProcess, cpuOfWorkers } from './support/cpu';
import { logLines, makeFiles } from './support/objects';

const CORES = availableParallelism();
/** Objects in a task. */
const BATCH_SIZE = 10;
const DISTINCT = 12;

interface Sample {
  at: number;
  workers: number;
  cloud: number;
}

export const busyCores: Scenario = {
  description: 'objects of 1 MiB, compressed, with S3 30 ms away: the share of the cores that is busy',
  rows: [4],
  needs: { linux: true },
  async measure(round) {
    const objects = round.sizes.mebibyteObjects;
    const tasks = Math.ceil(objects / BATCH_SIZE);
    const settings = { BATCH_PROCESSOR: 'gzip', BATCH_SLOTS_PER_WORKER: String(CORES) };
    const bench = await BenchCloud.start(round, { settings, s3Seconds: 0.03 });
    const contents = Array.from({ length: DISTINCT }, (_, number) => logLines(number));
    makeFiles(join(bench.folder, 'data'), objects, 'log', contents);

    const look = (): Sample => ({
      at: performance.now() / 1000,
      workers: cpuOfWorkers(bench.cloud.endpoint),
      cloud: cpuOfThisProcess(),
    });
    const slots = new Set<string>();
    const samples: { from?: Sample; to?: Sample } = {};
    const input = { worker_count: 1, prefix: 'data/', batch_size: BATCH_SIZE };
    const { seconds } = await bench.run(objects, input, {
      onBegin: (slot) => {
        if (slots.add(slot).size === Math.min(CORES, tasks)) samples.from ??= look();
      },
      onTask: (begun) => {
        if (begun === tasks) samples.to ??= look();
      },
    });
    const { from, to } = samples;
    if (!from || !to) throw new Error('there were too few tasks for all slots');
    const available = (to.at - from.at) * CORES;
    const [workers, cloud] = [(to.workers - from.workers) / available, (to.cloud - from.cloud) / available];
    return [
      {
        row: 4,
        name: `busy share of ${CORES} cores, objects of 1 MiB, gzip, S3 30 ms away`,
        values: [workers + cloud],
        aim: { atLeast: 0.95 },
        measured: { 'worker and slots': workers, 'local cloud': cloud, 'objects/s': objects / seconds },
      },
    ];
  },
};

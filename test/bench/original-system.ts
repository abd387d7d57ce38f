/**
 * The runs of the original system's table of expected performance: https://github.com/shawnawshk/s3-batch-processor. Its times are those of
 * AWS. Here the scenario compares the time that the model of `npm run plan` expects for the objects with a run that has S3 30 ms away.
 */
import { join } from 'node:path';
import { estimate, type PlanBasis, processingSeconds } from '../../client/plan/estimate';
import { tablePrices } from '../../runtime/cost/prices';
import type { Figure } from './figure';
import type { Scenario } from './scenario';
import { BenchCloud } from './support/bench-cloud';
import { makeSmallObjects } from './support/objects';

/** Its objects take five seconds, as those of `simulate` do. */
const RUNS = [
  { workers: 3, objects: 50, originalSeconds: 240 },
  { workers: 5, objects: 50, originalSeconds: 150 },
  { workers: 10, objects: 50, originalSeconds: 90 },
  { workers: 20, objects: 100, originalSeconds: 90 },
];

const S3_SECONDS = 0.03;
/** A HEAD, a GET and a PUT. */
const REQUESTS = 3;

export const originalSystem: Scenario = {
  description: "the runs of the original system's table, with S3 30 ms away",
  rows: [],
  async measure(round) {
    const { longObjects, longSeconds, longWorkers } = round.sizes;
    const bench = await BenchCloud.start(round, {
      settings: { BATCH_PROCESSOR: 'simulate', BATCH_SLOTS_PER_WORKER: '2' },
      s3Seconds: S3_SECONDS,
    });
    const { fleet, region } = bench.batch.deployment;
    if (!fleet) throw new Error('the deployment does not say what its workers are');
    const prices = tablePrices(region, fleet.instanceType);
    const figures: Figure[] = [];
    for (const { originalSeconds, ...run } of RUNS) {
      const objects = Math.min(run.objects, longObjects);
      const workers = Math.min(run.workers, longWorkers);
      const name = `${objects} objects of ${longSeconds} s on ${workers} workers of two slots`;
      round.progress(name);
      const prefix = `data-${run.workers}/`;
      makeSmallObjects(join(bench.folder, prefix), objects);
      const basis: PlanBasis = {
        objects,
        bytes: 0,
        processorSeconds: longSeconds,
        storageSeconds: REQUESTS * S3_SECONDS,
        outputsPerObject: 1,
        outputBytesPerObject: 0,
        batchSize: 1,
        fleet,
      };
      const planned = estimate(basis, workers, prices);
      const seconds = processingSeconds(basis, planned.slots, planned.batchSize);
      const done = await bench.run(objects, {
        worker_count: workers,
        prefix,
        batch_size: 1,
        parameters: { seconds: longSeconds },
      });
      figures.push({
        name: `seconds that a plan predicts, to those of the run: ${name}`,
        values: [seconds / done.seconds],
        measured: {
          'predicted s': seconds,
          'run s': done.seconds,
          'predicted on AWS s': planned.seconds,
          'original system on AWS s': originalSeconds,
        },
      });
    }
    return figures;
  },
};

/**
 * The predictions of `npm run plan`, against runs with S3 30 ms away. The scenario measures a sample of objects on one worker as the
 * command does, and compares the prediction with the run that follows. It leaves out the time that the model adds for booting and ending on
 * AWS, since nothing boots here.
 */
import { join } from 'node:path';
import { estimate, type PlanBasis, processingSeconds } from '../../client/plan/estimate';
import { measureResults } from '../../client/plan/measure';
import type { ExecutionInput } from '../../runtime/contract';
import { tablePrices } from '../../runtime/cost/prices';
import type { Figure } from './figure';
import type { Round, Scenario, Sizes } from './scenario';
import { BenchCloud } from './support/bench-cloud';
import { logLines, makeFiles, makeSmallObjects } from './support/objects';

interface Work {
  name: string;
  processor: string;
  parameters?: Record<string, number>;
  workers(sizes: Sizes): number;
  slotsPerWorker: number;
  objects(sizes: Sizes): number;
  make(folder: string, objects: number): void;
}

const WORKS: Work[] = [
  {
    name: 'small objects, checksum',
    processor: 'checksum',
    workers: () => 2,
    slotsPerWorker: 2,
    objects: ({ smallObjects }) => smallObjects,
    make: makeSmallObjects,
  },
  {
    name: 'objects that wait 0.5 s',
    processor: 'simulate',
    parameters: { seconds: 0.5 },
    workers: ({ longWorkers }) => longWorkers / 2,
    slotsPerWorker: 1,
    objects: ({ longObjects }) => 5 * longObjects,
    make: makeSmallObjects,
  },
  {
    name: 'objects of 1 MiB, gzip',
    processor: 'gzip',
    workers: () => 1,
    slotsPerWorker: 1,
    objects: ({ mebibyteObjects }) => Math.ceil(mebibyteObjects / 4),
    make: (folder, objects) =>
      makeFiles(folder, objects, 'log', [logLines(0), logLines(1)].slice(0, objects)),
  },
];

export const plan: Scenario = {
  description: 'what npm run plan predicts, against runs with S3 30 ms away',
  rows: [],
  async measure(round) {
    const figures: Figure[] = [];
    for (const work of WORKS) {
      round.progress(work.name);
      figures.push(await measureWork(round, work));
    }
    return figures;
  },
};

async function measureWork(round: Round, work: Work): Promise<Figure> {
  const { name, processor, parameters, slotsPerWorker } = work;
  const objects = work.objects(round.sizes);
  const workers = work.workers(round.sizes);
  const { sampled } = round.sizes;
  const bench = await BenchCloud.start(round, {
    folder: join(round.folder, processor),
    settings: { BATCH_PROCESSOR: processor, BATCH_SLOTS_PER_WORKER: String(slotsPerWorker) },
    s3Seconds: 0.03,
  });
  try {
    work.make(join(bench.folder, 'sample'), sampled);
    work.make(join(bench.folder, 'data'), objects);
    const input = (prefix: string, workerCount: number, batchSize: number): ExecutionInput => ({
      worker_count: workerCount,
      prefix,
      batch_size: batchSize,
      ...(parameters && { parameters }),
    });
    const sample = input('sample/', 1, 1);
    const { execution } = await bench.run(sampled, sample);
    const { manifest = '' } = await execution.results();
    const measured = await measureResults(bench.batch, manifest, sample, { isNamed: true });
    const { fleet } = bench.batch.deployment;
    if (!measured || !fleet) throw new Error('the sample tells nothing');

    const basis: PlanBasis = { ...measured, objects, bytes: 0, fleet };
    const prices = tablePrices(bench.batch.deployment.region, fleet.instanceType);
    const planned = estimate(basis, workers, prices);
    const seconds = processingSeconds(basis, planned.slots, planned.batchSize);
    const run = await bench.run(objects, input('data/', workers, planned.batchSize));
    return {
      name: `seconds that a plan predicts, to those of the run: ${name}`,
      values: [seconds / run.seconds],
      measured: {
        'predicted s': seconds,
        'run s': run.seconds,
        'processor s an object': measured.processorSeconds,
        'S3 s an object': measured.storageSeconds,
        'batch size': planned.batchSize,
      },
    };
  } finally {
    await bench.close();
  }
}

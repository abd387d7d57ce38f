/** Objects that take long and need no CPU, on many workers. The time of the execution is compared with the time of the objects alone. */
import { join } from 'node:path';
import type { Scenario } from './scenario';
import { BenchCloud } from './support/bench-cloud';
import { makeSmallObjects } from './support/objects';

export const longObjects: Scenario = {
  description: 'objects of 5 s on 20 workers: the execution against the ideal time',
  rows: [6],
  async measure(round) {
    const { longObjects: objects, longSeconds, longWorkers: workers } = round.sizes;
    const bench = await BenchCloud.start(round, {
      settings: { BATCH_PROCESSOR: 'simulate', BATCH_SLOTS_PER_WORKER: '1' },
    });
    makeSmallObjects(join(bench.folder, 'data'), objects);
    const run = await bench.run(objects, {
      worker_count: workers,
      prefix: 'data/',
      batch_size: 1,
      parameters: { seconds: longSeconds },
    });
    const ideal = Math.ceil(objects / workers) * longSeconds;
    const execution = (Number(run.endedAt) - Number(run.startedAt)) / 1000;
    return [
      {
        row: 6,
        name: `${objects} objects of ${longSeconds} s on ${workers} workers of one slot: the execution to the ideal`,
        values: [execution / ideal],
        aim: { atMost: 1.08 },
        measured: {
          'execution s': execution,
          'first task begun to last completed s': run.seconds,
          'ideal s': ideal,
        },
      },
    ];
  },
};

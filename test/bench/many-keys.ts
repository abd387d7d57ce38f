/**
 * Many keys through one map, in batches of 100, with pollers that complete every task at once: whether the local Step Functions stays as
 * fast as with 1,000 keys, and how much memory it takes. The keys come from a manifest, and the results are written as in every run.
 */
import { type Figure, median } from './figure';
import type { Scenario } from './scenario';
import { Engine } from './support/open-engine';

const BATCH_SIZE = 100;
const POLLERS = 50;
/** Maps of few keys: the number that compiles the code, and the number that counts. */
const [WARM_UP, COUNTED] = [20, 11];

export const manyKeys: Scenario = {
  description: '100,000 and 1,000,000 keys through one map, against 1,000; peak memory of the engine',
  rows: [9],
  async measure(round) {
    const figures: Figure[] = [];
    const { fewKeys } = round.sizes;
    for (const keys of round.sizes.keys) {
      round.progress(`${keys} keys`);
      // Each has a process of its own, so that its peak is not that of another one.
      const engine = await Engine.open(round);
      const pollers = await engine.startPollers(round, POLLERS);
      const runMap = async (count: number) => {
        const tasks = Math.ceil(count / BATCH_SIZE);
        const [result] = await Promise.all([
          engine.runMap({ keys: count, batchSize: BATCH_SIZE, pollers: POLLERS }),
          pollers.complete(tasks),
        ]);
        return result;
      };
      for (let map = 0; map < WARM_UP; map += 1) await runMap(fewKeys);
      const few: number[] = [];
      for (let map = 0; map < COUNTED; map += 1) few.push((await runMap(fewKeys)).seconds);
      const { seconds, peakMebibytes } = await runMap(keys);
      pollers.close();
      engine.close();
      const [rate, fewRate] = [keys / seconds, fewKeys / median(few)];
      figures.push(
        {
          row: 9,
          name: `objects/s, a map of ${keys} keys to one of ${fewKeys}`,
          values: [rate / fewRate],
          aim: { atLeast: 0.8 },
          measured: { [`${fewKeys} keys/s`]: fewRate, [`${keys} keys/s`]: rate, seconds },
        },
        {
          row: 9,
          name: `peak memory of the local Step Functions, a map of ${keys} keys`,
          unit: 'MiB',
          values: [peakMebibytes],
          aim: { atMost: 512 },
          measured: {},
        },
      );
    }
    return figures;
  },
};

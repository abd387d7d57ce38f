/**
 * The local Step Functions alone: pollers in one process take tasks of the workflow's map and complete them, against an HTTP server that
 * answers at once. The pollers are the same, and neither server shares its process with them.
 */

import { startPlainServer } from './baselines/answers-at-once';
import type { Figure } from './figure';
import { measureBoth, type Round, type Scenario } from './scenario';
import { Engine } from './support/open-engine';
import { startPollers } from './support/pollers';

const POLLERS = [10, 50];
/** Tasks before those that count. V8 goes on compiling for thousands of them, in both processes. */
const WARM_UP = 3_000;

export const stepFunctions: Scenario = {
  description:
    'tasks taken from the local Step Functions and completed, against a server that answers at once',
  rows: [5],
  async measure(round) {
    const figures: Figure[] = [];
    for (const pollers of POLLERS) figures.push(await measurePollers(round, pollers));
    return figures;
  },
};

async function measurePollers(round: Round, pollers: number): Promise<Figure> {
  const { tasks } = round.sizes;
  const warmUp = Math.min(tasks, WARM_UP);
  round.progress(`${pollers} pollers`);
  const [plain, engine] = await measureBoth(
    round,
    async () => {
      const server = await startPlainServer();
      round.atEnd(() => server.close());
      const running = await startPollers(round, server, pollers);
      await running.complete(warmUp);
      const seconds = await running.complete(tasks);
      running.close();
      return seconds;
    },
    async () => {
      const opened = await Engine.open(round);
      const running = await opened.startPollers(round, pollers);
      const complete = async (keys: number) => {
        const [seconds] = await Promise.all([
          running.complete(keys),
          opened.runMap({ keys, batchSize: 1, pollers }),
        ]);
        return seconds;
      };
      await complete(warmUp);
      const seconds = await complete(tasks);
      running.close();
      opened.close();
      return seconds;
    },
  );
  return {
    row: 5,
    name: `tasks taken and completed by ${pollers} pollers: the local Step Functions to a server that answers at once`,
    values: [plain / engine],
    aim: { atLeast: 0.95 },
    measured: { 'plain server/s': tasks / plain, 'Step Functions/s': tasks / engine },
  };
}

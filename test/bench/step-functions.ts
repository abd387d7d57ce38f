/**
 * The local Step Functions alone: pollers in one process take tasks of the workflow's map and complete them, against an HTTP server that
 * answers at once. The pollers are the same, and neither server shares its process with them.
 */

import { startPlainServer } from './baselines/answers-at-once';
import type { Figure } from './figure';
import { measureBoth, type Round, type Scenario } from './scenario';
import { cpuOfThisProcess } from './support/cpu';
import { Engine } from './support/open-engine';
import { startPollers } from './support/pollers';

const POLLERS = [10, 50];
/** Maps before those that count. V8 compiles for thousands of tasks, and each of the first maps makes it compile some code again. */
const WARM_UP = 4;
/**
 * Maps that count, each beside the same number of tasks of the plain server, since a virtual machine may be faster in one minute than in
 * the next. An even number, so that each server comes first as often as the other.
 */
const COUNTED = 6;

interface Took {
  /** Seconds from the first task that arrives to the last answer. */
  seconds: number;
  /** CPU seconds of the server's process. */
  cpuSeconds: number;
}

/** A server and its pollers. */
interface Side {
  complete(tasks: number): Promise<Took>;
  close(): void;
}

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
  round.progress(`${pollers} pollers`);
  const [plain, engine] = [await openPlainServer(round, pollers), await openEngine(round, pollers)];
  const took: { plain: Took[]; engine: Took[] } = { plain: [], engine: [] };
  for (let number = 1; number <= WARM_UP + COUNTED; number += 1) {
    const [ofPlain, ofEngine] = await measureBoth(
      { number },
      () => plain.complete(tasks),
      () => engine.complete(tasks),
    );
    if (number <= WARM_UP) continue;
    took.plain.push(ofPlain);
    took.engine.push(ofEngine);
  }
  plain.close();
  engine.close();
  const [ofPlain, ofEngine] = [sum(took.plain), sum(took.engine)];
  const counted = COUNTED * tasks;
  return {
    row: 5,
    name: `tasks taken and completed by ${pollers} pollers: the local Step Functions to a server that answers at once`,
    values: [ofPlain.seconds / ofEngine.seconds],
    aim: { atLeast: 0.95 },
    measured: {
      'plain server/s': counted / ofPlain.seconds,
      'Step Functions/s': counted / ofEngine.seconds,
      'CPU µs a task, plain server': (ofPlain.cpuSeconds / counted) * 1e6,
      'CPU µs a task, Step Functions': (ofEngine.cpuSeconds / counted) * 1e6,
    },
  };
}

function sum(took: Took[]): Took {
  const total = { seconds: 0, cpuSeconds: 0 };
  for (const { seconds, cpuSeconds } of took) {
    total.seconds += seconds;
    total.cpuSeconds += cpuSeconds;
  }
  return total;
}

async function openPlainServer(round: Round, pollers: number): Promise<Side> {
  const server = await startPlainServer();
  round.atEnd(() => server.close());
  const running = await startPollers(round, server, pollers);
  return {
    async complete(tasks) {
      const before = cpuOfThisProcess();
      const seconds = await running.complete(tasks);
      return { seconds, cpuSeconds: cpuOfThisProcess() - before };
    },
    close: () => running.close(),
  };
}

async function openEngine(round: Round, pollers: number): Promise<Side> {
  const engine = await Engine.open(round);
  const running = await engine.startPollers(round, pollers);
  return {
    async complete(keys) {
      const map = engine.runMap({ keys, batchSize: 1, pollers });
      const [seconds, { cpuSeconds }] = await Promise.all([running.complete(keys), map]);
      return { seconds, cpuSeconds };
    },
    close() {
      running.close();
      engine.close();
    },
  };
}

/** Objects of about 200 bytes: workers that make checksums of them, against a plain loop over the SDK on the same local cloud. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import type { Figure } from './figure';
import { measureBoth, type Round, type Scenario } from './scenario';
import { BenchCloud } from './support/bench-cloud';
import { runModule } from './support/child';
import { cpuOfThisProcess, cpuOfWorkers, isKnown } from './support/cpu';
import { makeSmallObjects } from './support/objects';

interface Way {
  row: number;
  name: string;
  /** Objects in a task. */
  batchSize: number;
  /** Seconds that S3 waits before each answer, to both. */
  s3Seconds: number;
  /** The number of objects that the loop processes at a time. */
  loopAtATime: number;
  atLeast: number;
}

const BATCHES: Way = {
  row: 1,
  name: 'batches of 50',
  batchSize: 50,
  s3Seconds: 0,
  loopAtATime: 16,
  atLeast: 1.2,
};

const WAYS: Way[] = [
  BATCHES,
  { row: 2, name: 'one object a task', batchSize: 1, s3Seconds: 0, loopAtATime: 16, atLeast: 0.8 },
  {
    row: 3,
    name: 'batches of 50, S3 30 ms away',
    batchSize: 50,
    s3Seconds: 0.03,
    loopAtATime: 64,
    atLeast: 1,
  },
];

const WORKERS = 2;
const SETTINGS = { BATCH_PROCESSOR: 'checksum', BATCH_SLOTS_PER_WORKER: '2' };
/** Objects that a loop processes first, so that the first measurement finds the local cloud's code compiled. */
const WARM_UP = 300;

interface LoopResult {
  /** Seconds from its first request to its last answer, without its start and its listing. */
  seconds: number;
  /** CPU seconds of the whole process. */
  cpuSeconds: number;
}

export const smallObjects: Scenario = {
  description: 'checksums of small objects, against a loop over the SDK; requests, connections, CPU time',
  rows: [1, 2, 3, 10, 11, 12],
  async measure(round) {
    const figures: Figure[] = [];
    for (const way of WAYS) {
      round.progress(way.name);
      figures.push(...(await measureWay(round, way)));
    }
    return figures;
  },
};

async function measureWay(round: Round, way: Way): Promise<Figure[]> {
  const objects = round.sizes.smallObjects;
  const requests = new Requests();
  const folder = join(round.folder, String(way.row));
  const { s3Seconds } = way;
  const bench = await BenchCloud.start(round, {
    folder,
    settings: SETTINGS,
    s3Seconds,
    onRequest: ({ service, action, caller }) => requests.count(`${service}:${action}`, caller?.roleName),
  });
  try {
    makeSmallObjects(join(bench.folder, 'data'), objects);
    makeSmallObjects(join(bench.folder, 'warm-up'), Math.min(objects, WARM_UP));
    await runLoop(round, bench, 'warm-up/', way.loopAtATime);
    const [loop, run] = await measureBoth(
      round,
      () => runLoop(round, bench, 'data/', way.loopAtATime),
      () => runWorkers(bench, way, objects),
    );
    const ratio: Figure = {
      row: way.row,
      name: `objects/s, ${way.name}: ${WORKERS} workers to a loop with ${way.loopAtATime} at a time`,
      values: [loop.seconds / run.seconds],
      aim: { atLeast: way.atLeast },
      measured: { 'loop/s': objects / loop.seconds, 'workers/s': objects / run.seconds },
    };
    return way === BATCHES ? [ratio, ...furtherFigures(objects, way, requests, loop, run)] : [ratio];
  } finally {
    await bench.close();
  }
}

type LoopRun = Awaited<ReturnType<typeof runLoop>>;
type WorkersRun = Awaited<ReturnType<typeof runWorkers>>;

function furtherFigures(
  objects: number,
  { batchSize }: Way,
  requests: Requests,
  loop: LoopRun,
  run: WorkersRun,
): Figure[] {
  const tasks = Math.ceil(objects / batchSize);
  const thousands = objects / 1000;
  const ofWorkers = requests.of('worker');
  const sum = [...ofWorkers.values()].reduce((total, count) => total + count, 0);
  return [
    {
      row: 10,
      name: "workers' requests, to a HEAD, a GET and a PUT an object, a poll and a report a task",
      values: [sum / (3 * objects + 2 * tasks)],
      aim: { atMost: 1.02 },
      measured: {
        ...Object.fromEntries([...ofWorkers].map(([name, count]) => [`${name} an object`, count / objects])),
        'tasks an object': tasks / objects,
      },
    },
    {
      row: 11,
      name: 'connections opened, to 100',
      values: [run.connections / 100],
      aim: { atMost: 1 },
      measured: { connections: run.connections },
    },
    ...(isKnown
      ? [
          {
            row: 12,
            name: 'CPU for 1,000 objects: workers',
            unit: 's' as const,
            values: [run.workersCpuSeconds / thousands],
            aim: { atMost: 3 },
            measured: { 'loop s': loop.cpuSeconds / thousands },
          },
          {
            row: 12,
            name: 'CPU for 1,000 objects: local cloud',
            unit: 's' as const,
            values: [run.cloudCpuSeconds / thousands],
            aim: { atMost: 3.5 },
            measured: { 'for the loop s': loop.cloudCpuSeconds / thousands },
          },
        ]
      : []),
  ];
}

async function runLoop(round: Round, { cloud, batch }: BenchCloud, prefix: string, atATime: number) {
  const before = cpuOfThisProcess();
  const args = [batch.deployment.bucketName, prefix, 'loop/', String(atATime)];
  const result = await runModule<LoopResult>(round, 'baselines/sdk-loop.mjs', args, cloud.environment);
  return { ...result, cloudCpuSeconds: cpuOfThisProcess() - before };
}

/** CPU times: from the start of the execution, with the boot of workers and slots, until the last task is completed. */
async function runWorkers(bench: BenchCloud, { batchSize }: Way, objects: number) {
  let [connections, workersCpuSeconds, cloudCpuSeconds] = [0, Number.NaN, Number.NaN];
  const count = () => {
    connections += 1;
  };
  const tasks = Math.ceil(objects / batchSize);
  subscribe('net.server.socket', count);
  const before = cpuOfThisProcess();
  try {
    const { seconds } = await bench.run(
      objects,
      { worker_count: WORKERS, prefix: 'data/', batch_size: batchSize },
      {
        onTask: (_begun, completed) => {
          if (completed < tasks) return;
          cloudCpuSeconds = cpuOfThisProcess() - before;
          if (isKnown) workersCpuSeconds = cpuOfWorkers(bench.cloud.endpoint);
        },
      },
    );
    return { seconds, connections, workersCpuSeconds, cloudCpuSeconds };
  } finally {
    unsubscribe('net.server.socket', count);
  }
}

/** Requests by operation, of each role of the stack. */
class Requests {
  private readonly counts = new Map<string, Map<string, number>>();

  /** Requests of the user, including the loop, have no role. */
  count(operation: string, roleName: string | undefined): void {
    if (roleName === undefined) return;
    const counts = this.counts.get(roleName) ?? new Map<string, number>();
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
    this.counts.set(roleName, counts);
  }

  /** `role`: a part of the role's name. */
  of(role: string): Map<string, number> {
    const [, counts = new Map()] = [...this.counts].find(([name]) => name.includes(`-${role}-`)) ?? [];
    return counts;
  }
}

/** Objects of about 200 bytes: workers that make checksums of them, against a plain loop over the SDK on the same local cloud. */
import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../root';
import { synthesizeForTest, TestCloud } from '../support/cloud';
import type { Figure, ScenarioOptions } from './figure';

interface Way {
  name: string;
  /** Objects of a task. */
  batchSize: number;
  /** Milliseconds that S3 waits before each answer, to both. */
  delay: number;
  /** How many objects the loop has in hand. */
  loopAtATime: number;
  atLeast: number;
}

const WAYS: Way[] = [
  { name: 'batches of 50', batchSize: 50, delay: 0, loopAtATime: 16, atLeast: 1.2 },
  { name: 'one object a task', batchSize: 1, delay: 0, loopAtATime: 16, atLeast: 0.8 },
  { name: 'batches of 50, S3 30 ms away', batchSize: 50, delay: 30, loopAtATime: 64, atLeast: 1 },
];

const WORKERS = 2;
const CPU_EVERY_MILLISECONDS = 250;
/** /proc counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

export async function smallObjects({ objects }: ScenarioOptions): Promise<Figure[]> {
  const stack = await synthesizeForTest({ BATCH_PROCESSOR: 'checksum', BATCH_SLOTS_PER_WORKER: '2' });
  const figures: Figure[] = [];
  try {
    for (const way of WAYS) figures.push(...(await measure(stack.stackFolder, objects, way)));
  } finally {
    await stack.remove();
  }
  return figures;
}

async function measure(stackFolder: string, objects: number, way: Way): Promise<Figure[]> {
  const bucketFolder = mkdtempSync(join(tmpdir(), 'bench-'));
  const requests: Record<string, number> = {};
  const cloud = await TestCloud.start(stackFolder, {
    bucketFolder,
    onRequest: ({ service, action }) => {
      const name = `${service}:${action}`;
      requests[name] = (requests[name] ?? 0) + 1;
    },
  });
  try {
    makeObjects(join(bucketFolder, 'data'), objects);
    if (way.delay > 0) cloud.cloud.faults.inject({ api: 's3:*', effect: 'delay', seconds: way.delay / 1000 });
    const loop = await runLoop(cloud, way.loopAtATime);
    for (const name of Object.keys(requests)) delete requests[name];
    const run = await runWorkers(cloud, way, objects);
    const rate = objects / run.seconds;
    const perObject = (name: string) => (requests[name] ?? 0) / objects;
    const figures: Figure[] = [
      {
        name: `objects/s, ${way.name}: ${WORKERS} workers to the loop`,
        values: [rate / (objects / loop.seconds)],
        aim: { atLeast: way.atLeast },
        measured: { 'loop/s': objects / loop.seconds, 'workers/s': rate, loopCpuSeconds: loop.cpuSeconds },
      },
    ];
    const [first] = WAYS;
    if (way !== first) return figures;
    const thousands = objects / 1000;
    return [
      ...figures,
      {
        name: 'requests to S3 for each object, to HEAD, GET and PUT',
        values: [(perObject('s3:HeadObject') + perObject('s3:GetObject') + perObject('s3:PutObject')) / 3],
        aim: { atMost: 1.02 },
        measured: Object.fromEntries(Object.keys(requests).map((name) => [name, perObject(name)])),
      },
      {
        name: 'connections opened, to 100',
        values: [run.connections / 100],
        aim: { atMost: 1 },
        measured: { connections: run.connections },
      },
      {
        name: 'CPU of workers and local cloud, to that of the loop and local cloud',
        values: [(run.workersCpuSeconds + run.cloudCpuSeconds) / (loop.cpuSeconds + loop.cloudCpuSeconds)],
        measured: {
          'workers s/1000': run.workersCpuSeconds / thousands,
          'cloud s/1000': run.cloudCpuSeconds / thousands,
          'loop s/1000': loop.cpuSeconds / thousands,
          'loop, cloud s/1000': loop.cloudCpuSeconds / thousands,
        },
      },
    ];
  } finally {
    await cloud.close();
    rmSync(bucketFolder, { recursive: true, force: true });
  }
}

function makeObjects(folder: string, objects: number): void {
  mkdirSync(folder);
  for (let number = 0; number < objects; number += 1) {
    const name = `${String(number).padStart(6, '0')}.txt`;
    writeFileSync(join(folder, name), `${name} `.repeat(18));
  }
}

async function runLoop(cloud: TestCloud, atATime: number) {
  const { bucketName: bucket } = cloud.deployment;
  const script = join(ROOT, 'test', 'bench', 'sdk-loop.mjs');
  const env = { PATH: process.env.PATH, ...cloud.cloud.environment };
  const before = process.cpuUsage();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, bucket, 'data/', 'loop/', String(atATime)],
    { env },
  );
  return {
    ...(JSON.parse(stdout) as { seconds: number; cpuSeconds: number }),
    cloudCpuSeconds: secondsOf(process.cpuUsage(before)),
  };
}

/** `seconds`: from the first task that a worker takes to the last one that it completes. */
async function runWorkers(cloud: TestCloud, { batchSize }: Way, objects: number) {
  let connections = 0;
  const count = () => {
    connections += 1;
  };
  subscribe('net.server.socket', count);
  const before = process.cpuUsage();
  let workersCpuSeconds = 0;
  try {
    const input = { worker_count: WORKERS, prefix: 'data/', batch_size: batchSize };
    const execution = await cloud.begin(input);
    const watch = setInterval(() => {
      workersCpuSeconds = Math.max(workersCpuSeconds, cpuOfWorkers(cloud));
    }, CPU_EVERY_MILLISECONDS);
    const { results } = await cloud.end(execution);
    clearInterval(watch);
    if (results.succeeded !== objects)
      throw new Error(`${results.succeeded} of ${objects} objects succeeded`);
    const at = (message: string) =>
      cloud.lines
        .filter((line) => line.message === message)
        .map(({ timestamp }) => Date.parse(String(timestamp)));
    const seconds = (Math.max(...at('Task completed')) - Math.min(...at('Processing task'))) / 1000;
    return { seconds, connections, workersCpuSeconds, cloudCpuSeconds: secondsOf(process.cpuUsage(before)) };
  } finally {
    unsubscribe('net.server.socket', count);
  }
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6;

/** Of workers and slots that are alive, since they started. */
function cpuOfWorkers(cloud: TestCloud): number {
  const ticks = cloud.processes().map(({ pid }) => {
    try {
      // After the name in parentheses: state is the third field; utime and stime are 14 and 15.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended.
      return 0;
    }
  });
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
}

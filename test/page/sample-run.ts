/** Runs as the pages show them, made up and the same every time: for tests and for the screenshots of the docs. */
import { FiguresCollector } from '../../client/figures/collector';
import type { RunList, RunView } from '../../page/run-view';
import { costOf } from '../../runtime/cost/cost';
import { tablePrices } from '../../runtime/cost/prices';

const START = Date.parse('2026-11-23T10:00:00Z');
const INSTANCES = { instanceType: 'm6i.large', spot: false, diskGiB: 30, publicIp: true };

/** Lehmer's generator: the same numbers every time, from 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const STACK = `Error: the image has no pixels
    at decode (processors/thumbnail/index.ts:27:11)
    at process (processors/thumbnail/index.ts:41:23)`;

export interface SampleOptions {
  objects?: number;
  workers?: number;
  slots?: number;
  /** Share of objects that fail. */
  failing?: number;
}

/** Each object goes to the slot that is free first. Workers join one after the other. */
export function sampleRun({
  objects = 4000,
  workers = 6,
  slots = 2,
  failing = 0.012,
}: SampleOptions = {}): RunView {
  const random = randomNumbers(20_261_123);
  const collector = new FiguresCollector();
  const hex = () =>
    Math.floor(2 ** 32 * random())
      .toString(16)
      .padStart(8, '0');
  const free = Array.from({ length: workers }, () => ({
    worker: hex() + hex() + hex() + hex(),
    at: START + 40_000 + 30_000 * random(),
  })).flatMap((one) => Array.from({ length: slots }, (_, index) => ({ ...one, slot: index + 1 })));
  for (let index = 0; index < objects; index += 1) {
    const slot = free.reduce((first, other) => (other.at < first.at ? other : first));
    const seconds =
      0.25 + 0.4 * random() + (random() > 0.97 ? 6 * random() : 0) + (random() > 0.999 ? 25 : 0);
    const kind = random();
    const key = `photos/2026/${String(index).padStart(6, '0')}.jpg`;
    const from = slot.at;
    const common = { key, worker: slot.worker, slot: slot.slot, attempt: random() > 0.99 ? 2 : 1 };
    if (kind < failing) {
      slot.at += seconds * 1000;
      const isPermanent = random() < 0.7;
      collector.add({
        ...common,
        status: 'failed',
        endedAt: slot.at,
        seconds,
        error: isPermanent ? 'PermanentError' : 'ProcessorTimeout',
        message: isPermanent
          ? `${key} is not an image: the file starts with "<html>"`
          : 'not done after 30 s; its process was ended',
        ...(isPermanent && { stack: STACK }),
      });
    } else if (kind < 0.08) {
      slot.at += 30;
      collector.add({ ...common, status: 'skipped', endedAt: slot.at, seconds: 0.03 });
    } else {
      slot.at += seconds * 1000;
      const bytesIn = Math.round(2e6 + 3e6 * random());
      collector.add({
        ...common,
        status: 'success',
        endedAt: slot.at,
        seconds,
        bytesIn,
        bytesOut: Math.round(bytesIn / 12),
      });
    }
    slot.at = Math.max(slot.at, from + 5);
  }
  const { figures } = collector;
  const endedAt = (figures.to ?? START) + 4_000;
  const name = 'nightly-7';
  const cost = costOf(
    { workers, workerSeconds: (workers * (endedAt - START)) / 1000, attempts: objects, objects },
    INSTANCES,
    tablePrices('eu-west-1', INSTANCES.instanceType),
  );
  return {
    name,
    arn: `arn:aws:states:eu-west-1:000000000000:execution:batch-processor:${name}`,
    status: 'SUCCEEDED',
    startedAt: START,
    endedAt,
    input: {
      worker_count: workers,
      prefix: 'photos/2026/',
      processor: 'thumbnail',
      parameters: { widths: [256, 1024] },
    },
    processor: 'thumbnail',
    workersWanted: workers,
    location: {
      kind: 'aws',
      region: 'eu-west-1',
      outputs: 's3://batch-processor-000000000000-eu-west-1/processed/thumbnail/',
      results: `s3://batch-processor-000000000000-eu-west-1/results/${name}/`,
      console: 'https://eu-west-1.console.aws.amazon.com/states/home',
    },
    figures,
    cost: { ...cost, isImagined: false, instances: 'm6i.large, on-demand' },
    madeAt: endedAt + 60_000,
  };
}

/** The same run, after two thirds of its objects. */
export function sampleLiveRun(): RunView {
  const { endedAt: _, figures, ...run } = sampleRun({ objects: 2700 });
  const madeAt = figures.to ?? START;
  const { failed } = figures.counts;
  const progress = {
    phase: 'processing' as const,
    total: 4000,
    done: 2700,
    failed,
    workersRunning: 6,
    rate: 21.4,
    secondsLeft: 61,
    waits: [],
  };
  return { ...run, status: 'RUNNING', figures, madeAt, progress };
}

export const SAMPLE_LINES = sampleRun({ objects: 14 })
  .figures.slowest.map(
    ({ key, seconds }, index) =>
      `10:02:4${index % 10}.${100 + 57 * index} info  ${key}: S3 object processed successfully seconds=${seconds.toFixed(3)} slot=1`,
  )
  .sort();

export function sampleList(): RunList {
  const minutes = (count: number) => START - count * 60_000;
  const ended = (name: string, status: string, start: number, took: number) => ({
    name,
    status,
    startedAt: minutes(start),
    endedAt: minutes(start) + took * 1000,
  });
  return {
    title: 'batch-processor',
    location: {
      kind: 'aws',
      region: 'eu-west-1',
      console: 'https://eu-west-1.console.aws.amazon.com/states/home',
    },
    messages: [],
    runs: [
      { name: 'nightly-7', status: 'RUNNING', startedAt: START },
      ended('nightly-6', 'SUCCEEDED', 1440, 3804),
      ended('retry-20261122T101502-3f9a1c', 'SUCCEEDED', 1482, 96),
      ended('nightly-5', 'FAILED', 2880, 512),
      ended('try-thumbnails', 'ABORTED', 3100, 41),
      { name: 'spring-clean' },
    ],
  };
}

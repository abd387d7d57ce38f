/** Thumbnails of images of about 1 MB: a worker of the local cloud against plain sharp in one process with as many at a time. */
import { randomFillSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { measureBoth, type Round, type Scenario } from './scenario';
import { BenchCloud } from './support/bench-cloud';
import { runModule } from './support/child';
import { memoryOfWorkers } from './support/memory';
import { makeFiles } from './support/objects';

interface Measurement {
  seconds: number;
  /** The maximum of memory that is held at once. */
  mebibytes: number;
}

const DISTINCT = 12;
/** Makes a JPEG of about 1 MB, as a photo of 12 megapixels. */
const [WIDTH, HEIGHT, NOISE] = [4000, 3000, 17];
const AT_A_TIME = availableParallelism();
/** Images in a task. */
const BATCH_SIZE = 10;

export const thumbnails: Scenario = {
  description: 'thumbnails of images of 1 MB, against sharp in one process',
  rows: [],
  needs: { linux: true },
  async measure(round) {
    const { images } = round.sizes;
    const settings = { BATCH_PROCESSOR: 'thumbnail', BATCH_SLOTS_PER_WORKER: String(AT_A_TIME) };
    const bench = await BenchCloud.start(round, { settings });
    const contents = await Promise.all(
      Array.from({ length: Math.min(images, DISTINCT) }, (_, number) => makeImage(number)),
    );
    makeFiles(join(bench.folder, 'images'), images, 'jpg', contents);
    const [plain, worker] = await measureBoth(
      round,
      () => runPlain(round, join(bench.folder, 'images')),
      () => runWorker(bench, images),
    );
    return [
      {
        name: `images/s, thumbnails: a worker with ${AT_A_TIME} slots to sharp in one process, ${AT_A_TIME} at a time`,
        values: [plain.seconds / worker.seconds],
        aim: { atLeast: 0.95 },
        measured: {
          'sharp/s': images / plain.seconds,
          'worker/s': images / worker.seconds,
          'sharp MiB': plain.mebibytes,
          'worker MiB': worker.mebibytes,
        },
      },
    ];
  },
};

/** A gradient under noise, which differs for each image. */
function makeImage(number: number): Promise<Buffer> {
  const pixels = randomFillSync(Buffer.alloc(WIDTH * HEIGHT * 3));
  for (let index = 0; index < pixels.length; index += 1) {
    const pixel = Math.floor(index / 3);
    const gradient = ((pixel % WIDTH) / WIDTH + pixel / pixels.length) * 110 + number;
    pixels[index] = gradient + ((pixels[index] ?? 0) % NOISE);
  }
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  return sharp(pixels, { raw }).jpeg({ quality: 85 }).toBuffer();
}

function runPlain(round: Round, images: string): Promise<Measurement> {
  const output = join(round.folder, 'plain');
  mkdirSync(output);
  return runModule(round, 'baselines/plain-sharp.mjs', [images, output, String(AT_A_TIME)]);
}

/** Measures the memory at the end of each task. */
async function runWorker(bench: BenchCloud, images: number): Promise<Measurement> {
  let mebibytes = 0;
  const input = { worker_count: 1, prefix: 'images/', batch_size: BATCH_SIZE };
  const { seconds } = await bench.run(images, input, {
    onTask: () => {
      mebibytes = Math.max(mebibytes, memoryOfWorkers(bench.cloud.endpoint));
    },
  });
  return { seconds, mebibytes };
}

/** Thumbnails of images of about 1 MB: a worker of the local cloud against plain sharp in one process with as many at a time. */
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { ROOT } from '../../root';
import { synthesizeForTest, TestCloud } from '../support/cloud';
import type { Figure } from './figure';

interface Measurement {
  seconds: number;
  /** The most memory held at once. */
  mebibytes: number;
}

const IMAGES = 300;
const DISTINCT = 12;
/** Makes a JPEG of about 1 MB, as a photo of 12 megapixels. */
const [WIDTH, HEIGHT, NOISE] = [4000, 3000, 17];
const AT_A_TIME = availableParallelism();
const MEMORY_EVERY_MILLISECONDS = 200;

export async function thumbnails(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const images = join(folder, 'bucket', 'images');
    mkdirSync(images, { recursive: true });
    await makeImages(images);
    const plain = await runPlain(images, join(folder, 'plain'));
    const worker = await runWorker(join(folder, 'bucket'));
    return [
      {
        name: `thumbnails: a worker with ${AT_A_TIME} slots to sharp in one process, ${AT_A_TIME} at a time`,
        values: [plain.seconds / worker.seconds],
        aim: { atLeast: 0.95 },
        measured: {
          'sharp/s': IMAGES / plain.seconds,
          'worker/s': IMAGES / worker.seconds,
          'sharp MiB': plain.mebibytes,
          'worker MiB': worker.mebibytes,
        },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A gradient under noise, each with another one. */
async function makeImages(folder: string): Promise<void> {
  for (let number = 0; number < IMAGES; number += 1) {
    const file = join(folder, `${String(number).padStart(4, '0')}.jpg`);
    if (number < DISTINCT) writeFileSync(file, await makeImage(number));
    else linkSync(join(folder, `${String(number % DISTINCT).padStart(4, '0')}.jpg`), file);
  }
}

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

async function runPlain(images: string, output: string): Promise<Measurement> {
  mkdirSync(output);
  const script = join(ROOT, 'test', 'bench', 'plain-sharp.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, images, output, String(AT_A_TIME)]);
  return JSON.parse(stdout);
}

async function runWorker(bucketFolder: string): Promise<Measurement> {
  const stack = await synthesizeForTest({
    BATCH_PROCESSOR: 'thumbnail',
    BATCH_SLOTS_PER_WORKER: String(AT_A_TIME),
  });
  const cloud = await TestCloud.start(stack.stackFolder, { bucketFolder });
  let mebibytes = 0;
  const watch = setInterval(() => {
    mebibytes = Math.max(mebibytes, memoryOf(cloud));
  }, MEMORY_EVERY_MILLISECONDS);
  try {
    const execution = await cloud.begin({ worker_count: 1, prefix: 'images/', batch_size: 10 });
    await cloud.processing();
    const startedAt = performance.now();
    const { results } = await cloud.end(execution);
    const seconds = (performance.now() - startedAt) / 1000;
    if (results.succeeded !== IMAGES) throw new Error(`${results.succeeded} of ${IMAGES} images succeeded`);
    return { seconds, mebibytes };
  } finally {
    clearInterval(watch);
    await cloud.close();
    await stack.remove();
  }
}

/** Memory of the worker and its slots, what they share counted once. */
function memoryOf(cloud: TestCloud): number {
  const pages = cloud
    .processes()
    .filter(({ command }) => /\b(main|slot)\.js\b/.test(command))
    .map(({ pid }) => {
      try {
        const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        return Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
      } catch {
        // It has ended.
        return 0;
      }
    });
  return pages.reduce((sum, kibibytes) => sum + kibibytes, 0) / 1024;
}

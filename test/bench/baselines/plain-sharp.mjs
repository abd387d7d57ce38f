/**
 * What the thumbnails of processors/thumbnail cost without this project: one process, files in, files out.
 * node plain-sharp.mjs INPUT_FOLDER OUTPUT_FOLDER AT_A_TIME; prints seconds and the most memory held, as JSON.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);
const [input, output, atATime] = process.argv.slice(2);
const names = await readdir(input);
const startedAt = performance.now();
await Promise.all(
  Array.from({ length: Number(atATime) }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const bytes = await readFile(join(input, name));
      await Promise.all([256, 1024].map(async (size) => {
        const thumbnail = await sharp(bytes, { autoOrient: true })
          .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
          .webp({ quality: 80 })
          .toBuffer();
        await writeFile(join(output, `${name}.${size}.webp`), thumbnail);
      }));
    }
  }),
);
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ seconds, mebibytes: process.resourceUsage().maxRSS / 1024 }));

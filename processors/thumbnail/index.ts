import sharp from 'sharp';
import { defineProcessor, PermanentError, z } from '../../runtime/processor';

// One thread an image and no cache: the worker's slots already run side by side, and each has its share of the memory.
sharp.concurrency(1);
sharp.cache(false);

/** Pixels of the longer side. */
const SIZES = [256, 1024];

export default defineProcessor({
  description: 'Makes two WebP thumbnails of each image, with up to 256 and 1024 pixels on the longer side.',
  outputs: SIZES.map((size) => `.${size}.webp`),
  parameters: z.object({
    quality: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(80)
      .describe('Quality of the WebP images, 1 to 100.'),
  }),
  async process(object, { parameters: { quality } }) {
    const bytes = await object.bytes();
    return Promise.all(SIZES.map((size) => thumbnail(bytes, size, quality)));
  },
});

/** Of an animation, its first frame. Colours become sRGB with 8 bits. A smaller image keeps its size. */
async function thumbnail(bytes: Buffer, size: number, quality: number) {
  try {
    const { data, info } = await sharp(bytes, { autoOrient: true })
      .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
      .webp({ quality })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return {
      suffix: `.${size}.webp`,
      body: data,
      contentType: 'image/webp',
      preview: `${width} × ${height}`,
      record: { width, height },
    };
  } catch (error) {
    throw new PermanentError(`this is not an image that sharp reads: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

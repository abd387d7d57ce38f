/** The thumbnails of usual images. sharp makes the images, and looks at the thumbnails. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import sharp from 'sharp';
import { bundleWorker } from '../../bundles';
import { ROOT } from '../../root';
import type { Output, Processor } from '../../runtime/processor';
import { failure } from '../support/failure';

describe('processors/thumbnail', () => {
  let processor: Processor;

  before(async () => {
    const module = join(bundleWorker().folder, 'processors', 'thumbnail', 'index.mjs');
    processor = (await import(pathToFileURL(module).href)).default;
  });

  async function thumbnails(image: Buffer, parameters: object = {}): Promise<Output[]> {
    const { definition } = processor;
    const object = { bytes: async () => image };
    const context = { parameters: definition.parameters?.parse(parameters) };
    return (await definition.process(object as never, context as never)) as Output[];
  }
  const records = async (image: Buffer) => (await thumbnails(image)).map(({ record }) => record);
  const colour = { r: 200, g: 100, b: 50 };
  const plain = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: colour } });
  const centre = async (body: Output['body']) => {
    const { data, info } = await sharp(body as Buffer)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixel = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * info.channels;
    return [...data.subarray(pixel, pixel + 3)];
  };

  it('are WebP images in two sizes, each with a record of its size', async () => {
    const outputs = await thumbnails(await plain(2000, 1500).jpeg().toBuffer());
    expect(outputs.map(({ body: _, ...rest }) => rest)).to.deep.equal([
      {
        suffix: '.256.webp',
        contentType: 'image/webp',
        preview: '256 × 192',
        record: { width: 256, height: 192 },
      },
      {
        suffix: '.1024.webp',
        contentType: 'image/webp',
        preview: '1024 × 768',
        record: { width: 1024, height: 768 },
      },
    ]);
    for (const { body, record } of outputs) {
      const { format, width, height } = await sharp(body as Buffer).metadata();
      expect(format).to.equal('webp');
      expect({ width, height }).to.deep.equal(record);
    }
  });

  it('have the declared suffixes', async () => {
    const outputs = await thumbnails(await plain(10, 10).png().toBuffer());
    expect(outputs.map(({ suffix }) => suffix)).to.deep.equal(processor.definition.outputs);
  });

  it('do not enlarge', async () => {
    expect(await records(await plain(300, 20).png().toBuffer())).to.deep.equal([
      { width: 256, height: 17 },
      { width: 300, height: 20 },
    ]);
  });

  it('are upright, as the EXIF orientation says', async () => {
    const image = await plain(400, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const [first] = await thumbnails(image);
    expect(first?.record).to.deep.equal({ width: 128, height: 256 });
    expect((await sharp(first?.body as Buffer).metadata()).orientation).to.equal(undefined);
  });

  it('have the colours of images in CMYK and with 16 bits', async () => {
    const sources = [
      await plain(300, 300).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
      await plain(300, 300).toColourspace('rgb16').png().toBuffer(),
    ];
    for (const source of sources) {
      for (const { body } of await thumbnails(source)) {
        const [r = 0, g = 0, b = 0] = await centre(body);
        expect(Math.abs(r - colour.r) + Math.abs(g - colour.g) + Math.abs(b - colour.b)).to.be.lessThan(40);
        expect((await sharp(body as Buffer).metadata()).space).to.equal('srgb');
      }
    }
  });

  it('keep transparency, and show the first frame of an animation', async () => {
    const frames = Buffer.concat([Buffer.alloc(20 * 20 * 4, 255), Buffer.alloc(20 * 20 * 4, 0)]);
    const animation = await sharp(frames, { raw: { width: 20, height: 40, channels: 4, pageHeight: 20 } })
      .gif()
      .toBuffer();
    expect(await records(animation)).to.deep.equal([
      { width: 20, height: 20 },
      { width: 20, height: 20 },
    ]);
    const clear = await sharp({
      create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const [first] = await thumbnails(clear);
    expect((await sharp(first?.body as Buffer).metadata()).hasAlpha).to.equal(true);
  });

  it('are made of an SVG', async () => {
    const svg = readFileSync(join(ROOT, 'local', 'bucket', 'data', 'images', 'diagram.svg'));
    for (const record of await records(svg)) expect(record).to.have.property('width').that.is.greaterThan(0);
  });

  it('are smaller with less quality, which is a whole number from 1 to 100', async () => {
    const image = await sharp(randomBytes(300 * 300 * 3), { raw: { width: 300, height: 300, channels: 3 } })
      .jpeg()
      .toBuffer();
    const size = async (quality: number) => {
      const [{ body } = { body: '' }] = await thumbnails(image, { quality });
      return (body as Buffer).length;
    };
    expect(await size(10)).to.be.lessThan((await size(90)) / 2);
    expect(() => processor.definition.parameters?.parse({ quality: 0 })).to.throw();
    expect(() => processor.definition.parameters?.parse({ quality: 80.5 })).to.throw();
  });

  const image = () => plain(500, 500).jpeg().toBuffer();
  const broken: Record<string, () => Promise<Buffer>> = {
    'a text': async () => Buffer.from('not an image'),
    'no bytes': async () => Buffer.alloc(0),
    'an image that is cut short': async () => (await image()).subarray(0, 700),
    'an image of too many pixels': async () => {
      const png = await plain(8, 8).png().toBuffer();
      png.writeUInt32BE(100_000, 16);
      png.writeUInt32BE(100_000, 20);
      return png;
    },
  };
  for (const [what, make] of Object.entries(broken)) {
    it(`refuse ${what} permanently, with the message of sharp`, async () => {
      const error = await failure(thumbnails(await make()));
      expect(error).to.have.property('name', 'PermanentError');
      expect(error)
        .to.have.property('message')
        .that.matches(/^this is not an image that sharp reads: \S+/);
    });
  }
});

import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { defineProcessor, PermanentError, z } from '../../runtime/processor';

/** What model.onnx takes, and the labels of what it gives, in its order. train.py makes it. */
const SIDE = 8;
const LABELS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

sharp.concurrency(1);
sharp.cache(false);

export default defineProcessor({
  description: 'Labels each image with the model in the folder, which knows handwritten digits.',
  outputs: ['.json'],
  parameters: z.object({
    top: z
      .number()
      .int()
      .min(1)
      .max(LABELS.length)
      .default(3)
      .describe('Number of labels, the likeliest first.'),
    min_score: z.number().min(0).max(1).default(0.8).describe('Below this score the label is "unknown".'),
  }),
  // Once a slot. One thread, because the worker's slots already run side by side.
  setup: ({ folder }) =>
    InferenceSession.create(join(folder, 'model.onnx'), { intraOpNumThreads: 1, interOpNumThreads: 1 }),
  async process(object, { state: session, parameters: { top, min_score } }) {
    const image = new Tensor('float32', await pixelsOf(await object.bytes()), [1, 1, SIDE, SIDE]);
    const { probabilities } = await session.run({ image });
    const scores = Array.from(probabilities?.data as Float32Array, (score, index) => ({
      label: LABELS[index] as string,
      score: Math.round(score * 1000) / 1000,
    })).sort((a, b) => b.score - a.score);
    const [best] = scores;
    const label = best && best.score >= min_score ? best.label : 'unknown';
    return {
      suffix: '.json',
      body: `${JSON.stringify({ key: object.key, label, scores: scores.slice(0, top) })}\n`,
      contentType: 'application/json',
      record: { label, score: best?.score ?? 0 },
    };
  },
});

/** As the model was trained: grey, 0 (background) to 1 (ink), one row after the other. */
async function pixelsOf(bytes: Buffer): Promise<Float32Array> {
  try {
    const grey = sharp(bytes, { autoOrient: true }).flatten().greyscale();
    const pixels = await grey.resize(SIDE, SIDE, { fit: 'contain' }).raw().toBuffer();
    return Float32Array.from(pixels, (value) => value / 255);
  } catch (cause) {
    throw new PermanentError('this is not an image that sharp reads', { cause });
  }
}

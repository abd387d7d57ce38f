import { defineProcessor, z } from '../../runtime/processor';

export default defineProcessor({
  description: 'Counts the lines of each text.',
  outputs: ['.json'],
  parameters: z.object({
    skip_empty: z.boolean().default(false).describe('Whether empty lines do not count.'),
  }),
  async process(object, { parameters, log }) {
    let lines = 0;
    for await (const line of object.lines()) if (line || !parameters.skip_empty) lines++;
    log.info('Counted', { lines });
    return {
      suffix: '.json',
      body: `${JSON.stringify({ key: object.key, lines })}\n`,
      contentType: 'application/json',
    };
  },
});

import { defineProcessor, z } from '../../runtime/processor';

export default defineProcessor({
  description: 'Counts the lines of each text.',
  outputs: ['.json'],
  parameters: z.object({
    skip_blank: z.boolean().default(false).describe('Whether blank lines do not count.'),
  }),
  async process(object, { parameters, log }) {
    let lines = 0;
    for await (const line of object.lines()) if (line.trim() || !parameters.skip_blank) lines++;
    log.info('Counted', { lines });
    return {
      suffix: '.json',
      body: `${JSON.stringify({ key: object.key, lines })}\n`,
      contentType: 'application/json',
    };
  },
});

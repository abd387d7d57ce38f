import { command, z } from '../../runtime/processor';

export default command(['python3', 'count.py', '{parameters.top}'], {
  description: 'Counts the lines, words and bytes of each text, and its most frequent words.',
  parameters: z.object({
    top: z.coerce.number().int().min(1).max(1000).default(10).describe('Number of most frequent words.'),
  }),
  contentType: 'application/json',
});

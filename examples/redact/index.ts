import { command, z } from '../../runtime/processor';

// The virtual environment of processors/requirements.txt.
export default command(['python3', 'redact.py'], {
  description: 'Replaces e-mail addresses, card numbers and IBANs in each text.',
  serve: true,
  parameters: z.object({
    kinds: z
      .array(z.enum(['email', 'card', 'iban']))
      .min(1)
      .default(['email', 'card', 'iban'])
      .describe('Kinds of text to replace.'),
    mark: z.string().default('█').describe('Text that replaces each match.'),
  }),
});

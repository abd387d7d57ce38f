import { command, z } from '../../runtime/processor';

// Debian's own Python: it finds Debian's packages, which a virtual environment hides.
export default command(['/usr/bin/python3', 'sheets.py'], {
  description: 'Writes each sheet of an Excel workbook (.xlsx) as a CSV file.',
  serve: true,
  outputs: 'dynamic',
  parameters: z.object({
    delimiter: z.string().length(1).default(',').describe('Text between two fields.'),
    hidden: z.boolean().default(false).describe('Whether to write hidden sheets, too.'),
  }),
});

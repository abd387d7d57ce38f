import { getDocumentProxy } from 'unpdf';
import { defineProcessor, PermanentError, z } from '../../runtime/processor';

export default defineProcessor({
  description:
    'Extracts the text of each PDF, page by page. PDF_PASSWORD in the environment opens encrypted ones.',
  outputs: ['.txt'],
  parameters: z.object({
    page_break: z.string().default('\f').describe('Text between two pages.'),
  }),
  setup: ({ env }) => env.PDF_PASSWORD,
  async process(object, { parameters: { page_break }, state: password, signal }) {
    const pages: string[] = [];
    const pdf = await open(await object.bytes(), password);
    try {
      for (let number = 1; number <= pdf.numPages; number++) {
        signal.throwIfAborted();
        pages.push(await textOf(pdf, number));
      }
    } finally {
      await pdf.loadingTask.destroy();
    }
    // A scanned page is an image without text. It needs OCR.
    const pages_without_text = pages.filter((text) => text === '').length;
    const record = { pages: pages.length, pages_without_text, characters: pages.join('').length };
    return { suffix: '.txt', body: `${pages.join(page_break)}\n`, record };
  },
});

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

async function open(bytes: Buffer, password?: string): Promise<Pdf> {
  try {
    return await getDocumentProxy(new Uint8Array(bytes), { password, verbosity: 0 });
  } catch (cause) {
    const isEncrypted = (cause as Error).name === 'PasswordException';
    const problem = isEncrypted
      ? 'it is encrypted, and PDF_PASSWORD does not open it'
      : 'it is not a whole PDF';
    throw new PermanentError(`pdf.js cannot open the file: ${problem}`, { cause });
  }
}

async function textOf(pdf: Pdf, number: number): Promise<string> {
  try {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    // It would keep the fonts and images of each page.
    page.cleanup();
    return items
      .map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''))
      .join('')
      .trim();
  } catch (cause) {
    throw new PermanentError(`page ${number} cannot be read`, { cause });
  }
}

/** Objects that the processors of docs/recipes.md refuse permanently, each with the error's message. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { EXAMPLES } from '../../../scripts/new-processor/example';

type WrongObject = [what: string, content: Buffer, problem: string];

export interface Wrong {
  /** The processor's name. */
  name: string;
  /** The example of which it is a copy. */
  example: string;
  /** `folder`: for temporary files. */
  objects(folder: string): WrongObject[];
}

const sample = (...path: string[]) => readFileSync(join(EXAMPLES, ...path));
const half = (content: Buffer) => content.subarray(0, content.length / 2);
const EMPTY = Buffer.alloc(0);
const TEXT = Buffer.from('hello\n');
/** The format of Microsoft's programs before 2007, and of encrypted workbooks. */
const OLE = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(512)]);

const DAMAGED_PDF = 'pdf.js cannot open the file: it is not a whole PDF';
const NO_IMAGE = 'this is not an image that sharp reads';
const NO_SOUND_FILE = 'this is not a file that ffmpeg reads';
const NO_WORKBOOK = 'this is not a workbook that openpyxl reads: ';
const NO_RESULTS = 'these are not the results of an execution';

export const WRONG: Wrong[] = [
  {
    name: 'letters',
    example: 'pdf-text',
    objects: () => [
      [
        'encrypted',
        readFileSync(join(__dirname, 'encrypted.pdf')),
        'pdf.js cannot open the file: it is encrypted, and PDF_PASSWORD does not open it',
      ],
      ['half', half(sample('pdf-text', 'samples', 'letter.pdf')), DAMAGED_PDF],
      ['empty', EMPTY, DAMAGED_PDF],
      ['a text', TEXT, DAMAGED_PDF],
    ],
  },
  {
    name: 'tables',
    example: 'csv-to-parquet',
    objects: () => [
      ['empty', EMPTY, 'the CSV file is empty'],
      [
        'rows of other lengths',
        Buffer.from('id,name\n1,a\n2\n3,c,d\n'),
        'bad rows (2): line 3: Expected Number of Columns: 2 Found: 1; line 4: Expected Number of Columns: 2 Found: 3',
      ],
      [
        'another encoding',
        Buffer.from('id,name\n1,\xe9t\xe9\n', 'latin1'),
        'bad rows (1): line 2: Invalid unicode (byte sequence mismatch) detected. This file is not utf-8 encoded.',
      ],
    ],
  },
  {
    name: 'labels',
    example: 'image-labels',
    objects: () => [
      ['empty', EMPTY, NO_IMAGE],
      ['a text', TEXT, NO_IMAGE],
      ['half', half(sample('image-labels', 'samples', 'digit-3.png')), NO_IMAGE],
    ],
  },
  {
    name: 'previews',
    example: 'audio-preview',
    objects: (folder) => [
      ['empty', EMPTY, NO_SOUND_FILE],
      ['a text', TEXT, NO_SOUND_FILE],
      ['a video without sound', muteVideo(folder), 'the file has no sound'],
    ],
  },
  {
    name: 'sheets',
    example: 'sheets-to-csv',
    objects: () => [
      ['encrypted', OLE, 'this is an encrypted workbook, or one of Excel 97: save it as .xlsx'],
      ['empty', EMPTY, `${NO_WORKBOOK}File is not a zip file`],
      [
        'half',
        half(sample('sheets-to-csv', 'samples', 'orders.xlsx')),
        `${NO_WORKBOOK}File is not a zip file`,
      ],
      [
        'another zip file',
        Buffer.from(zipSync({ a: TEXT })),
        `${NO_WORKBOOK}"There is no item named '[Content_Types].xml' in the archive"`,
      ],
    ],
  },
  {
    name: 'redacted',
    example: 'redact',
    objects: () => [
      ['not UTF-8', Buffer.from([0x78, 0xff, 0x0a]), 'the text is not UTF-8: invalid start byte'],
    ],
  },
  {
    name: 'records',
    example: 'records-to-csv',
    objects: () => [
      ['a text', TEXT, NO_RESULTS],
      ['empty', EMPTY, 'no result has a record; those of skipped objects have none'],
      [
        'skipped objects only',
        Buffer.from('{"object_key":"a","status":"skipped"}\n'),
        'no result has a record; those of skipped objects have none',
      ],
    ],
  },
];

function muteVideo(folder: string): Buffer {
  const file = join(folder, 'mute.mp4');
  const source = ['-f', 'lavfi', '-i', 'color=c=red:s=32x32:d=0.2'];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...source, file]);
  return readFileSync(file);
}

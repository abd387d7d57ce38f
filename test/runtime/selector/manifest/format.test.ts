import { expect } from 'chai';
import { byteOrderMark, detectFormat } from '../../../../runtime/selector/manifest/format';

describe('the format of a manifest', () => {
  const formats: [string, string, string][] = [
    ['{"Key":"a"}\n', 'm', 'jsonl'],
    ['{"fileSchema":"Key","files":[]}', 'm', 'inventory'],
    ['{"Key":"a","fileSchema":"Key"}\n', 'm', 'jsonl'],
    ['{"Key":"a","files":[]}\n', 'm', 'jsonl'],
    ['{\n  "fileSchema": "Key"', 'm', 'inventory'],
    ['a,b\n', 'm.csv', 'csv'],
    ['a\tb\n', 'm.TSV.gz', 'csv'],
    ['size,key\n', 'm', 'csv'],
    ['a,b\n', 'm', 'keys'],
    ['', 'm', 'keys'],
  ];
  for (const [start, name, format] of formats) {
    it(`of ${JSON.stringify(start)} in ${name} is ${format}`, () => {
      expect(detectFormat(Buffer.from(start), name)).to.equal(format);
    });
  }
});

describe('a byte order mark', () => {
  const marks: [number[], number][] = [
    [[0xef, 0xbb, 0xbf, 0x61], 3],
    [[0xef, 0xbb, 0x61], 0],
    [[0xef, 0x61, 0xbf], 0],
    [[0x61, 0xbb, 0xbf], 0],
    [[0xff, 0x61], 0],
    [[0x61, 0xff], 0],
    [[0xfe, 0x61], 0],
    [[0x61, 0xfe], 0],
    [[], 0],
  ];
  for (const [bytes, length] of marks) {
    it(`takes ${length} bytes of ${Buffer.from(bytes).toString('hex')}`, () => {
      expect(byteOrderMark(Buffer.from(bytes), 'm')).to.equal(length);
    });
  }
  for (const bytes of [
    [0xff, 0xfe],
    [0xfe, 0xff],
  ]) {
    it(`of UTF-16 is refused: ${Buffer.from(bytes).toString('hex')}`, () => {
      expect(() => byteOrderMark(Buffer.from(bytes), 'm')).to.throw('m is UTF-16: save it as UTF-8');
    });
  }
});

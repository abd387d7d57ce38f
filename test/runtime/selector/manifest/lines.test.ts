import { expect } from 'chai';
import fc from 'fast-check';
import { type Line, type LinePosition, readLines } from '../../../../runtime/selector/manifest/lines';
import { failure } from '../../../support/failure';

const START = { offset: 0, line: 0 };

async function linesOf(bytes: Buffer, cuts: number[] = [], place: LinePosition = START, quoted = false) {
  async function* chunks() {
    const ends = [...new Set([0, ...cuts, bytes.length])].filter((at) => at <= bytes.length);
    ends.sort((a, b) => a - b);
    for (const [index, end] of ends.slice(1).entries()) yield bytes.subarray(ends[index], end);
  }
  const lines: Line[] = [];
  for await (const page of readLines(chunks(), place, { quoted })) lines.push(...page.lines);
  return lines;
}
const textsOf = async (text: string, quoted = false) =>
  (await linesOf(Buffer.from(text), [], START, quoted)).map(({ text, number }) => [number, text]);

describe('the lines of a manifest', () => {
  it('end with \\n or \\r\\n, the last one also without; blank ones are counted, and left out', async () => {
    expect(await textsOf('a\nb\r\n\n  \r\nc\u2028d\n e ')).to.deep.equal([
      [1, 'a'],
      [2, 'b'],
      [5, 'c\u2028d'],
      [6, ' e '],
    ]);
    expect(await textsOf('')).to.deep.equal([]);
  });

  it('may continue within quotes, if the caller asks for that', async () => {
    expect(await textsOf('a,"b\nc"\n"d""\r\n",e\nf', true)).to.deep.equal([
      [1, 'a,"b\nc"'],
      [3, '"d""\r\n",e'],
      [5, 'f'],
    ]);
    expect(await textsOf('"a\nb')).to.deep.equal([
      [1, '"a'],
      [2, 'b'],
    ]);
  });

  it('are UTF-8, and at most as long as a key may be', async () => {
    const notUtf8 = Buffer.concat([Buffer.from('a\n'), Buffer.from([0xe4, 0x0a])]);
    expect((await failure(linesOf(notUtf8))).message).to.equal(
      'Line 2 is not UTF-8: save the manifest as UTF-8',
    );
    const long = 'b'.repeat(65_536);
    for (const end of ['', '\n']) {
      expect(await textsOf(`a\n${long}${end}`)).to.have.length(2);
      const tooLong = linesOf(Buffer.from(`a\n${long}b${end}`));
      expect((await failure(tooLong)).message).to.match(/^Line 2 is longer than 65536 bytes/);
    }
  });

  it('are read as they come, and one that does not end is refused as soon as it is too long', async () => {
    async function* endless(...chunks: string[]) {
      for (;;) for (const chunk of chunks) yield Buffer.from(chunk);
    }
    const lines = readLines(endless('\na', '\n'), START, { quoted: false });
    expect((await lines.next()).value.lines).to.have.length(1);
    const noEnd = readLines(endless('x'.repeat(10_000)), START, { quoted: false }).next();
    expect((await failure(noEnd)).message).to.match(/^Line 1 is longer than 65536 bytes/);
  });

  it('are the same for any cut of the text, and from every position on', async () => {
    const text = fc
      .array(fc.constantFrom('a', 'ß', '🚀', '"', '\n', '\r\n', ' ', ','), { maxLength: 60 })
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(80)), fc.boolean(), async (written, cuts, quoted) => {
        const bytes = Buffer.from(written);
        const whole = await linesOf(bytes, [], START, quoted);
        expect(await linesOf(bytes, cuts, START, quoted)).to.deep.equal(whole);
        for (const [index, { next }] of whole.entries()) {
          const rest = await linesOf(bytes.subarray(next.offset), cuts, next, quoted);
          expect(rest).to.deep.equal(whole.slice(index + 1));
        }
      }),
    );
  });
});

import { expect } from 'chai';
import { parseInstant } from '../../../../runtime/selector/text/instant';
import { parseShare } from '../../../../runtime/selector/text/share';
import { formatSize, parseSize } from '../../../../runtime/selector/text/size';

const NOW = new Date('2026-11-26T12:00:00Z');

describe('a size as people write it', () => {
  const sizes: [string, number][] = [
    ['0', 0],
    ['1048576', 1_048_576],
    ['12b', 12],
    ['1KB', 1000],
    ['1kb', 1000],
    ['1MB', 1_000_000],
    ['1.5 MB', 1_500_000],
    ['1.255 KB', 1255],
    ['10KiB', 10_240],
    ['2GiB', 2_147_483_648],
    ['1TB', 1e12],
    [' 3 mib ', 3_145_728],
  ];
  for (const [text, bytes] of sizes) {
    it(`${JSON.stringify(text)} is ${bytes} bytes`, () => expect(parseSize(text)).to.equal(bytes));
  }
  for (const text of ['', 'MB', '1M', '1,5MB', '-1', '1e6', '0x10', '1 000', '1MBB', '9999999TB', 'NaN']) {
    it(`${JSON.stringify(text)} is refused, and the error says what is allowed`, () => {
      expect(() => parseSize(text)).to.throw(`${JSON.stringify(text)} is not a size: give bytes`);
    });
  }
  it('is written with three digits', () => {
    const texts = [0, 999, 1000, 1_234_567, 999_999, 5e15].map(formatSize);
    expect(texts).to.deep.equal(['0 bytes', '999 bytes', '1 KB', '1.23 MB', '1,000 KB', '5,000 TB']);
  });
});

describe('a point in time as people write it', () => {
  const instants: [string, string][] = [
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T12:00Z', '2026-01-01T12:00:00.000Z'],
    ['2026-01-01T12:00', '2026-01-01T12:00:00.000Z'],
    ['2026-01-01 12:00:30', '2026-01-01T12:00:30.000Z'],
    ['2026-01-01T12:00:30.123z', '2026-01-01T12:00:30.000Z'],
    ['2026-01-01T12:00+02:00', '2026-01-01T10:00:00.000Z'],
    ['2026-01-01T12:00-05:30', '2026-01-01T17:30:00.000Z'],
    ['2026-01-01T12:00-0530', '2026-01-01T17:30:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['7d', '2026-11-19T12:00:00.000Z'],
    ['7d ago', '2026-11-19T12:00:00.000Z'],
    ['12h', '2026-11-26T00:00:00.000Z'],
    ['30min', '2026-11-26T11:30:00.000Z'],
    ['2W', '2026-11-12T12:00:00.000Z'],
    [' 2026-01-01 ', '2026-01-01T00:00:00.000Z'],
    [' 7d ', '2026-11-19T12:00:00.000Z'],
  ];
  for (const [text, iso] of instants) {
    it(`${JSON.stringify(text)} is ${iso}`, () => {
      expect(parseInstant(text, NOW).toISOString()).to.equal(iso);
    });
  }
  it('is in UTC if it names no zone, in any time zone of the machine', () => {
    const { TZ } = process.env;
    process.env.TZ = 'America/New_York';
    try {
      expect(parseInstant('2026-01-01T12:00', NOW).toISOString()).to.equal('2026-01-01T12:00:00.000Z');
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  });
  it('is not a time before 1970', () => {
    const week = new Date(7 * 24 * 3_600_000);
    expect(parseInstant('7d', week).getTime()).to.equal(0);
    expect(() => parseInstant('8d', week)).to.throw('"8d" is not a date');
  });
  const none = [
    '',
    'yesterday',
    '2026',
    '2026-02-30',
    '2026-13-01',
    '2025-02-29',
    '2026-01-01T24:00',
    '2026-01-01T12',
    '2026-01-01T12:60',
    '2026-01-01T12:00+24:00',
    '2026-01-01T12:00+0260',
    '01/02/2026',
    '7m',
    '7',
    '-7d',
    '999999w',
  ];
  for (const text of none) {
    it(`${JSON.stringify(text)} is refused, and the error says what is allowed`, () => {
      expect(() => parseInstant(text, NOW)).to.throw(`${JSON.stringify(text)} is not a date: give one`);
    });
  }
});

describe('a share as people write it', () => {
  const shares: [string, number][] = [
    ['1%', 0.01],
    ['0.01', 0.01],
    ['.5', 0.5],
    ['.125', 0.125],
    [' 5% ', 0.05],
    ['1e-10', 1e-10],
    ['12.5 %', 0.125],
    [String(4.4e-7), 4.4e-7],
    ['100%', 1],
    ['1', 1],
  ];
  for (const [text, share] of shares) {
    it(`${JSON.stringify(text)} is ${share}`, () => expect(parseShare(text)).to.equal(share));
  }
  for (const text of ['', '0', '0%', '50', '101%', '-1%', '1/2', 'half']) {
    it(`${JSON.stringify(text)} is refused, and the error says what is allowed`, () => {
      expect(() => parseShare(text)).to.throw(`${JSON.stringify(text)} is not a share: give a percentage`);
    });
  }
});

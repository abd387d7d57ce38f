import { expect } from 'chai';
import { parseTimestamp } from '../../../../../local/services/states/language/timestamp';

describe('a timestamp of a Wait state', () => {
  const taken: [text: string, iso: string][] = [
    ['2016-12-05T21:29:29Z', '2016-12-05T21:29:29.000Z'],
    ['2016-12-05t21:29:29z', '2016-12-05T21:29:29.000Z'],
    ['2016-12-05T21:29:29.123456789+01:00', '2016-12-05T20:29:29.123Z'],
    ['2016-12-05T21:29:29-18:00', '2016-12-06T15:29:29.000Z'],
    ['2024-02-29T00:00Z', '2024-02-29T00:00:00.000Z'],
  ];
  for (const [text, iso] of taken) {
    it(`may be ${text}`, () => {
      expect(new Date(parseTimestamp(text) ?? Number.NaN).toISOString()).to.equal(iso);
    });
  }

  const refused = [
    '2016-12-05 21:29:29Z',
    '2016-12-05T21:29:29',
    '2016-12-05',
    '2016-13-05T21:29:29Z',
    '2016-02-30T21:29:29Z',
    '2023-02-29T21:29:29Z',
    '2016-12-05T24:00:00Z',
    '2016-12-05T21:60:29Z',
    '2016-12-05T21:29:60Z',
    '05-12-2016T21:29:29Z',
    '2016-12-05T21:29:29+0100',
    '2016-12-05T21:29:29+19:00',
    ' 2016-12-05T21:29:29Z',
    'Mon, 05 Dec 2016 21:29:29 GMT',
    '1480973369',
    '',
  ];
  for (const text of refused) {
    it(`may not be ${text || 'empty'}`, () => {
      expect(parseTimestamp(text)).to.equal(undefined);
    });
  }
});

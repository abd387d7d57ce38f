import { expect } from 'chai';
import { parseSelect } from '../../../../runtime/selector/criteria/select';

const NOW = new Date('2026-11-26T12:00:00Z');

describe('select', () => {
  const right: [unknown, object][] = [
    [{}, {}],
    [{ match: '**/*.jpg' }, { match: ['**/*.jpg'] }],
    [
      { match: ['*.a', '*.b'], exclude: '**/tmp/**' },
      { match: ['*.a', '*.b'], exclude: ['**/tmp/**'] },
    ],
    [
      { larger_than: 1000, smaller_than: '1MiB' },
      { larger_than: 1000, smaller_than: 1_048_576 },
    ],
    [
      { modified_after: '7d', modified_before: '2026-11-25' },
      { modified_after: '2026-11-19T12:00:00.000Z', modified_before: '2026-11-25T00:00:00.000Z' },
    ],
    [{ storage_class: 'glacier' }, { storage_class: ['GLACIER'] }],
    [{ storage_class: ['STANDARD', 'STANDARD_IA'] }, { storage_class: ['STANDARD', 'STANDARD_IA'] }],
    [
      { limit: 1, sample: '1%', changed: true },
      { limit: 1, sample: 0.01, changed: true },
    ],
    [{ sample: 1 }, { sample: 1 }],
    [{ match: Array(100).fill('a') }, { match: Array(100).fill('a') }],
  ];
  for (const [given, read] of right) {
    it(`${JSON.stringify(given)} is read, and reads the same again`, () => {
      expect(parseSelect(given, NOW)).to.deep.equal(read);
      expect(parseSelect(read, new Date(0))).to.deep.equal(read);
    });
  }

  const wrong: [unknown, string][] = [
    [null, 'select: give an object such as {"match": "**/*.jpg", "limit": 100}'],
    [[], 'select: give an object'],
    ['**/*.jpg', 'select: give an object'],
    [{ matches: '*', limits: 1 }, 'select: it has no matches, limits: it can have match, exclude'],
    [{ match: [] }, 'select.match: the list is empty'],
    [{ match: 5 }, 'select.match: give a glob such as "**/*.jpg", or a list of them'],
    [{ match: ['a', 5] }, 'select.match: give a glob'],
    [{ exclude: 'a{b' }, 'select.exclude: "a{b" is not a glob'],
    [{ match: Array(101).fill('a') }, 'select.match: give at most 100 globs'],
    [{ larger_than: -1 }, 'select.larger_than: -1 is not allowed: give a size in bytes, or a text such as'],
    [{ larger_than: 1.5 }, 'select.larger_than: 1.5 is not allowed'],
    [{ smaller_than: '5XB' }, 'select.smaller_than: "5XB" is not a size'],
    [{ larger_than: 10, smaller_than: 11 }, 'select: no size is above larger_than and below smaller_than'],
    [{ modified_after: 1767225600 }, 'select.modified_after: give a date as text'],
    [{ modified_before: '2026-02-30' }, 'select.modified_before: "2026-02-30" is not a date'],
    [{ modified_after: '1d', modified_before: '1d' }, 'select: no moment is after modified_after and before'],
    [{ modified_after: '1d', modified_before: '2d' }, 'select: no moment is after modified_after and before'],
    [{ storage_class: 'COLD' }, 'select.storage_class: "COLD" is not a storage class: give STANDARD,'],
    [{ limit: 0 }, 'select.limit: give a whole number, 1 or more'],
    [{ limit: '5' }, 'select.limit: give a whole number, 1 or more'],
    [{ limit: 1.5 }, 'select.limit: give a whole number, 1 or more'],
    [{ sample: 0 }, 'select.sample: 0 is not allowed: give a share'],
    [{ sample: 1.01 }, 'select.sample: 1.01 is not allowed: give a share'],
    [{ sample: true }, 'select.sample: true is not allowed: give a share'],
    [{ sample: '50' }, 'select.sample: "50" is not a share'],
    [{ changed: 'yes' }, 'select.changed: give true or false'],
  ];
  for (const [given, message] of wrong) {
    it(`${JSON.stringify(given)?.slice(0, 60)} is refused in one line`, () => {
      expect(() => parseSelect(given, NOW))
        .to.throw(message)
        .with.property('message')
        .that.does.not.include('\n');
    });
  }
});

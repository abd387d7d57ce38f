import { expect } from 'chai';
import { withDefaults } from '../../../runtime/processor/defaults';

const SCHEMA = {
  properties: { width: { default: 256 }, format: { default: 'webp' }, off: { default: false }, name: {} },
};

describe('the parameters of an execution', () => {
  const cases: [string, object, object, object][] = [
    ['have the defaults', SCHEMA, {}, { width: 256, format: 'webp', off: false }],
    [
      'keep what is given, also if it is empty',
      SCHEMA,
      { width: 0, format: null, off: '', name: 'a', other: [1] },
      { width: 0, format: null, off: '', name: 'a', other: [1] },
    ],
    ['are as given if nothing is described', {}, { a: 1 }, { a: 1 }],
  ];
  for (const [what, schema, given, filled] of cases) {
    it(what, () => {
      const before = structuredClone(given);
      expect(withDefaults(schema, given as never)).to.deep.equal(filled);
      expect(given).to.deep.equal(before);
    });
  }
});

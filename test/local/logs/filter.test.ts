import { expect } from 'chai';
import { compileFilter } from '../../../local/logs/filter';

describe('filter patterns', () => {
  const cases: [string, string, boolean][] = [
    ['', 'anything', true],
    ['ERROR timeout', 'an ERROR: timeout', true],
    ['ERROR timeout', 'an ERROR', false],
    ['"an exact phrase"', 'has an exact phrase in it', true],
    ['?a ?b', 'only b', true],
    ['?x ?z', 'only b', false],
    ['ERROR -timeout', 'ERROR: timeout', false],
  ];
  for (const [pattern, message, matched] of cases) {
    it(`${pattern || '(none)'} ${matched ? 'finds' : 'does not find'} "${message}"`, () => {
      expect(compileFilter(pattern)(message)).to.equal(matched);
    });
  }

  it('on fields are refused', () => {
    expect(() => compileFilter('{ $.level = "error" }')).to.throw(
      'does not implement filter patterns on fields',
    );
  });
});

import { expect } from 'chai';
import { compileFilter } from '../../../../local/services/logs/filter';

describe('filter patterns', () => {
  const cases: [string, string, boolean][] = [
    ['', 'anything', true],
    ['ERROR timeout', 'an ERROR: timeout', true],
    ['ERROR timeout', 'an ERROR', false],
    ['"an exact phrase"', 'has an exact phrase in it', true],
    ['?a ?b', 'only b', true],
    ['?x ?z', 'only b', false],
    ['ERROR -timeout', 'ERROR: timeout', false],
    ['{ $.message = "Task completed" }', '{"message":"Task completed"}', true],
    ['{ $.message = "Task completed" }', 'Task completed', false],
    ['{ $.a.b = 1 && $.c != "x && y" }', '{"a":{"b":1},"c":"z"}', true],
    ['{ $.a.b = 1 && $.c != "x && y" }', '{"a":{"b":1},"c":"x && y"}', false],
    ['{ $.level = "error" || $.seconds >= 2.5 }', '{"level":"info","seconds":3}', true],
    ['{ $.level = "error" || $.seconds >= 2.5 }', '{"level":"info","seconds":2}', false],
  ];
  for (const [pattern, message, matched] of cases) {
    it(`${pattern || '(none)'} ${matched ? 'finds' : 'does not find'} "${message}"`, () => {
      expect(compileFilter(pattern)(message)).to.equal(matched);
    });
  }

  it('that are unknown are refused', () => {
    for (const pattern of ['[a, b]', '%regex%', '{ $.a IS NULL }', '{ $.a = "x*" && ($.b = 1) }', '{ }']) {
      expect(() => compileFilter(pattern), pattern).to.throw('does not implement the filter pattern');
    }
  });
});

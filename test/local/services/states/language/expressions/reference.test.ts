import { expect } from 'chai';
import fc from 'fast-check';
import { Evaluator } from '../../../../../../local/services/states/language/expressions/evaluator';
import { valueOfReference } from '../../../../../../local/services/states/language/expressions/reference';
import type { JsonObject } from '../../../../../../local/services/states/language/json';

/** Few, so that a path often leads somewhere; some are words of the language, or members that every object has. */
const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b') },
  { weight: 1, arbitrary: fc.constantFrom('in', 'and', 'null', 'true', 'sum', '__proto__', 'constructor') },
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1.5, '', 'text'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
  ),
}));
const scopes = fc.array(fc.tuple(name, json), { minLength: 1, maxLength: 4 }).map(Object.fromEntries);
const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `$${names.join('.')}`);
const texts = paths.map((path) => ` ${path}\n`);
const numbers = fc.double({ noDefaultInfinity: true, noNaN: true });
const terms = fc.oneof(fc.constantFrom('$a', '$b.a', '$b.b'), fc.nat().map(String), paths);
const sums = fc
  .tuple(terms, fc.array(fc.tuple(fc.constantFrom('+', '-', '<'), terms), { minLength: 1, maxLength: 4 }))
  .map(([first, others]) => ` ${[first, ...others.flat()].join(' ')}\n`);

describe('a path, and a sum', () => {
  const agreeing = async (text: fc.Arbitrary<string>, scope: fc.Arbitrary<unknown>) => {
    const evaluator = new Evaluator();
    let found = 0;
    const agrees = async (text: string, variables: JsonObject) => {
      const value = valueOfReference(text, { variables, states: {} });
      if (value === undefined) return;
      found += 1;
      expect(await evaluator.evaluate(text, variables)).to.deep.equal({ value });
    };
    await fc.assert(fc.asyncProperty(text, scope as fc.Arbitrary<JsonObject>, agrees), { numRuns: 2_000 });
    return found;
  };

  it('have the value that JSONata gives them', async () => {
    expect(await agreeing(texts, scopes)).to.be.greaterThan(100);
    const ofNumbers = fc.record({ a: numbers, b: fc.record({ a: numbers, b: fc.oneof(numbers, json) }) });
    expect(await agreeing(sums, ofNumbers)).to.be.greaterThan(100);
  });

  it('are left to JSONata where that does more than name members and add them', () => {
    const context = { State: { Name: 'A', RetryCount: 2 } };
    const scope = { variables: {}, states: { input: { list: [{ key: 1 }], text: 'a' }, context } };
    for (const text of [
      '$states.input.list.key',
      '$states.input.none',
      '$states.input.text.length',
      '$states.input.text = "a"',
      '$states.context.State',
      '$sum',
      '$states.input.true',
      '1',
      '$states.input.text + 1',
      '$states.input.none + 1',
      '$states.context.State.RetryCount < 1',
      '$states.context.State.RetryCount + 1.5',
    ]) {
      expect(valueOfReference(text, scope), text).to.equal(undefined);
    }
    expect(valueOfReference('$states.input.list', scope)).to.equal(scope.states.input.list);
    expect(valueOfReference('3 - $states.context.State.RetryCount + 1', scope)).to.equal(2);
  });
});

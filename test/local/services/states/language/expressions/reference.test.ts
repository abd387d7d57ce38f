import { expect } from 'chai';
import fc from 'fast-check';
import { Evaluator } from '../../../../../../local/services/states/language/expressions/evaluator';
import { valueOfPath } from '../../../../../../local/services/states/language/expressions/reference';
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
const texts = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => ` $${names.join('.')}\n`);

describe('a path', () => {
  it('has the value that JSONata gives it', async () => {
    const evaluator = new Evaluator();
    let found = 0;
    const agrees = async (text: string, scope: JsonObject) => {
      const value = valueOfPath(text, scope);
      if (value === undefined) return;
      found += 1;
      expect(await evaluator.evaluate(text, scope)).to.deep.equal({ value });
    };
    await fc.assert(fc.asyncProperty(texts, scopes as fc.Arbitrary<JsonObject>, agrees), { numRuns: 2_000 });
    expect(found).to.be.greaterThan(100);
  });

  it('is left to JSONata where that does more than name a member', () => {
    const scope = { states: { input: { list: [{ key: 1 }], text: 'a' }, context: { State: { Name: 'A' } } } };
    for (const text of [
      '$states.input.list.key',
      '$states.input.none',
      '$states.input.text.length',
      '$states.input.text = "a"',
      '$states.context.State',
      '$sum',
      '$states.input.true',
    ]) {
      expect(valueOfPath(text, scope), text).to.equal(undefined);
    }
    expect(valueOfPath('$states.input.list', scope)).to.equal(scope.states.input.list);
  });
});

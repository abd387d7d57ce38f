import { expect } from 'chai';
import fc from 'fast-check';
import mapState from '../../../../../../asl/process-objects.asl.json';
import { directValue } from '../../../../../../local/services/states/language/expressions/direct';
import { Evaluator } from '../../../../../../local/services/states/language/expressions/evaluator';
import type { Json, JsonObject } from '../../../../../../local/services/states/language/json';

/** The names are few, so that a path often finds a value. Some are words of the language, or members that every object has. */
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
const places = fc.oneof(fc.constantFrom('$a', '$b.a', '$b.b'), paths);
const operands = fc.oneof(
  { weight: 4, arbitrary: places },
  { weight: 4, arbitrary: places.map((place) => `$type(${place})`) },
  { weight: 4, arbitrary: fc.constantFrom('"text"', "'string'", '0', '-1.5', 'null', 'true') },
  { weight: 1, arbitrary: fc.constantFrom('$a.a[0]', '-$a', '$exists($a)') },
);
const comparisons = fc
  .tuple(operands, fc.constantFrom('=', '!=', '<'), operands)
  .map((parts) => parts.join(' '));
const tests = fc.array(comparisons, { minLength: 1, maxLength: 3 }).map((all) => all.join(' and '));
const choices = fc
  .tuple(tests, operands, fc.option(operands))
  .map(([test, one, other]) => `${test} ? ${one}${other === null ? '' : ` : ${other}`}`);

describe('an expression that is evaluated without JSONata', () => {
  const agreeing = async (text: fc.Arbitrary<string>, scope: fc.Arbitrary<unknown>) => {
    const evaluator = new Evaluator();
    let found = 0;
    const agrees = async (text: string, variables: JsonObject) => {
      const value = directValue(`{%${text}%}`, { variables, states: {} });
      if (value === undefined) return;
      found += 1;
      expect(await evaluator.evaluate(text, variables)).to.deep.equal({ value });
    };
    await fc.assert(fc.asyncProperty(text, scope as fc.Arbitrary<JsonObject>, agrees), { numRuns: 1_000 });
    return found;
  };

  it('has the same value as in JSONata', async () => {
    expect(await agreeing(texts, scopes)).to.be.greaterThan(50);
    const ofNumbers = fc.record({ a: numbers, b: fc.record({ a: numbers, b: fc.oneof(numbers, json) }) });
    expect(await agreeing(sums, ofNumbers)).to.be.greaterThan(50);
    const ofAll = fc.record({ a: json, b: fc.record({ a: json, b: json }) });
    expect(await agreeing(fc.oneof(tests, choices), ofAll)).to.be.greaterThan(50);
  });

  it('shapes the items of the workflow, and its errors are left to JSONata', () => {
    const { Key } = mapState.ItemSelector;
    const shaped = (Value: JsonObject, variables: JsonObject = {}) =>
      directValue(Key, { variables, states: { context: { Map: { Item: { Index: 0, Value } } } } });
    expect(shaped({ Key: 'data/a.txt' })).to.equal('data/a.txt');
    const wrongItems: JsonObject[] = [{}, { Key: '' }, { Key: 1 }, { Key: ['data/a.txt'] }];
    for (const wrong of wrongItems) expect(shaped(wrong)).to.equal(undefined);
    expect(shaped({ Key: 'data/a.txt' }, { type: 'string' })).to.equal(undefined);
  });

  it('is one that names, compares, adds and chooses; JSONata evaluates all others', () => {
    const context = { State: { Name: 'A', RetryCount: 2 } };
    const scope = { variables: {}, states: { input: { list: [{ key: 1 }], text: 'a' }, context } };
    const resultOf = (text: string) => directValue(`{% ${text} %}`, scope);
    for (const text of [
      '$states',
      '$states.input.list.key',
      '$states.input.list[0]',
      '$states.input.none',
      '$states.input.none = 1',
      '$states.input.list = $states.input.list',
      '$states.input.text.length',
      '$states.context.State',
      '$sum',
      '$states.input.true',
      '$states.input.text + 1',
      '$states.input.none + 1',
      '$states.context.State.RetryCount < 1',
      '$states.input.text ? 1 : 2',
      '$uppercase($states.input.text)',
      '$type($states.input.none)',
      '$states.input.text & ""',
      `$states.input.text = '${'a'.repeat(1_000)}'`,
      '1 +',
      Array(20).fill('1').join(' + '),
    ]) {
      expect(resultOf(text), text).to.equal(undefined);
    }
    expect(resultOf('$states.input.list')).to.equal(scope.states.input.list);
    expect(resultOf('3 - $states.context.State.RetryCount + 1.5')).to.equal(2.5);
    expect(resultOf('$states.input."text" = "a" ? $type($states.input.list) : 1')).to.equal('array');
  });

  it('is in a field of few parts, and if one of them needs JSONata, JSONata evaluates the field', () => {
    const states = { input: { list: [{ key: 1 }], text: 'a' } };
    const directOf = (template: Json) => directValue(template, { variables: { x: null }, states });
    const input = '{% $states.input %}';
    expect(directOf({ a: [input, 1, { b: '{% $x %}' }], c: 'text', d: null })).to.deep.equal({
      a: [states.input, 1, { b: null }],
      c: 'text',
      d: null,
    });
    expect(directOf({ a: input, b: ['{% $uppercase("a") %}'] })).to.equal(undefined);
    expect(directOf(JSON.parse('{"a": {"__proto__": 1}}'))).to.equal(undefined);
    expect(directOf(Array(99).fill(input))).to.have.length(99);
    expect(directOf(Array(100).fill(input))).to.equal(undefined);
    const template = { a: { b: 1 } };
    expect(directOf(template)).to.deep.equal(template);
    expect(directOf(template)).to.not.equal(template);
  });
});

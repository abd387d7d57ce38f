/** The description of any value that can be thrown. */
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { describeError } from '../../../../../runtime/worker/slot/errors/describe-error';

class Secretive extends Error {
  override get message(): string {
    throw new Error('no');
  }
}
const cyclic = new Error('a');
cyclic.cause = new Error('b', { cause: cyclic });
const twin = new Error('same');
const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('no');
    },
    getPrototypeOf() {
      throw new Error('no');
    },
    ownKeys() {
      throw new Error('no');
    },
  },
);
const deep = (depth: number): Error => new Error(`e${depth}`, depth > 0 ? { cause: deep(depth - 1) } : {});

describe('an error in words', () => {
  const TABLE: [string, unknown, string | RegExp][] = [
    ['an error', new TypeError('oops'), 'TypeError: oops'],
    ['no message', new TypeError(), 'TypeError'],
    [
      'a code instead of a message',
      Object.assign(new Error(), { code: 'ECONNREFUSED' }),
      'Error: ECONNREFUSED',
    ],
    ['causes', new Error('a', { cause: new TypeError('b', { cause: 'c' }) }), 'Error: a ← TypeError: b ← c'],
    ['a cause that is nothing', new Error('a', { cause: null }), 'Error: a'],
    [
      'an AggregateError',
      new AggregateError([new Error('a', { cause: new Error('b') }), 'c'], 'all'),
      'AggregateError: all (Error: a ← Error: b; c)',
    ],
    [
      'an AggregateError with a cause',
      new AggregateError([1], 'all', { cause: 2 }),
      'AggregateError: all (1) ← 2',
    ],
    ['a cycle', cyclic, 'Error: a ← Error: b'],
    [
      'one error twice',
      new AggregateError([twin, twin], 'x'),
      'AggregateError: x (Error: same; Error: same)',
    ],
    [
      'an error of another realm',
      runInNewContext('new RangeError("far", { cause: 1 })'),
      'RangeError: far ← 1',
    ],
    ['an object like an error', { name: 'Odd', message: 'words' }, 'Odd: words'],
    ['a name that is not a text', Object.assign(new Error('a'), { name: 1 }), 'Error: a'],
    ['a text', 'words', 'words'],
    ['an empty text', '', "''"],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['an object', { code: 5, nested: { a: 1 } }, '{ code: 5, nested: { a: 1 } }'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', () => 1, /^\[Function/],
    ['a message that cannot be read', new Secretive(), 'Error'],
    [
      'a value whose own description throws',
      {
        [inspect.custom]: () => {
          throw new Error('no');
        },
      },
      'a value that cannot be read',
    ],
    ['a value that cannot be read at all', hostile, /^\{\}$|^a value that cannot be read$/],
  ];
  for (const [what, thrown, expected] of TABLE) {
    it(`${what}`, () => {
      if (typeof expected === 'string') expect(describeError(thrown)).to.equal(expected);
      else expect(describeError(thrown)).to.match(expected);
    });
  }

  it('has a maximum length', () => {
    expect(describeError('x'.repeat(8_000))).to.equal('x'.repeat(8_000));
    expect(describeError('x'.repeat(8_001))).to.equal(`${'x'.repeat(8_000)}…`);
    expect(describeError(new Error('x'.repeat(100_000))).length).to.be.at.most(8_001);
    expect(describeError(deep(1000))).to.match(/^Error: e1000 ← .*Error: e990$/);
    const wide = new AggregateError(Array.from({ length: 10_000 }, (_, index) => new Error(`e${index}`)));
    expect(describeError(wide).length).to.be.at.most(8_001);
  });
});

import { expect } from 'chai';
import { canonical } from '../../runtime/canonical';

describe('the canonical text of a value', () => {
  const same: [string, unknown, unknown][] = [
    ['keys in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['objects in a list', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
    ['undefined', { a: 1, b: undefined }, { a: 1 }],
    ['dates', { a: new Date(5) }, { a: new Date(5) }],
  ];
  for (const [what, one, other] of same) {
    it(`is the same: ${what}`, () => expect(canonical(one)).to.equal(canonical(other)));
  }

  it('never changes, since outputs carry its hash', () => {
    expect(canonical({ b: new Map([['k', 1n]]), a: [/x/g, null, { d: true, c: 'ü' }] })).to.equal(
      '{"a":["/x/g",null,{"c":"ü","d":true}],"b":[["k","1n"]]}',
    );
  });

  const different: [string, unknown, unknown][] = [
    ['lists', [1, 2], [2, 1]],
    ['types', { a: '1' }, { a: 1 }],
    ['dates', { a: new Date(5) }, { a: new Date(6) }],
    ['maps', { a: new Map([['k', 1]]) }, { a: new Map([['k', 2]]) }],
    ['sets', { a: new Set([1]) }, { a: new Set([2]) }],
    ['expressions', { a: /x/g }, { a: /x/i }],
    ['functions', { a: () => 1 }, { a: () => 2 }],
    ['large integers', { a: 1n }, { a: 2n }],
    ['a list and an object', ['a'], { 0: 'a' }],
  ];
  for (const [what, one, other] of different) {
    it(`differs: ${what}`, () => expect(canonical(one)).not.to.equal(canonical(other)));
  }
});

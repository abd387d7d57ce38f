import { expect } from 'chai';
import fc from 'fast-check';
import { parseJson } from '../../../local/core/json';
import { jsonProblem } from '../../../local/core/json-problem';

const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

describe('what is wrong with a text that is not JSON', () => {
  const cases: [text: string, message: string][] = [
    ['not', `Unrecognized token 'not': was expecting ${VALUES}`],
    ['truely', `Unrecognized token 'truely': was expecting ${VALUES}`],
    ['{"a": undefined}', `Unrecognized token 'undefined': was expecting ${VALUES}`],
    ["'a'", `Unexpected character (''' (code 39)): expected a valid value ${VALUES}`],
    ['[1,]', `Unexpected character (']' (code 93)): expected a valid value ${VALUES}`],
    ["{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"],
    ['{"a": 1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"],
    [
      '{"a" 1}',
      "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
    ],
    ['{"a": 1 "b"}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"],
    ['[1 2]', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"],
    ['"a', 'Unexpected end-of-input: was expecting closing quote for a string value'],
    [
      '[1,\n {',
      'Unexpected end-of-input: expected close marker for Object (start marker at [Source: UNKNOWN; line: 2, column: 2])',
    ],
    ['01', 'Invalid numeric value: Leading zeroes not allowed'],
    ['"\\x"', "Unrecognized character escape 'x' (code 120)"],
  ];
  for (const [text, message] of cases) {
    it(`is said as Jackson says it: ${JSON.stringify(text)}`, () => {
      expect(jsonProblem(text).message).to.equal(message);
      expect(() => parseJson(text)).to.throw(SyntaxError, message);
    });
  }

  it('is found in any text, also in a deep one', () => {
    const parts = [
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      ' ',
      '\\',
      'u00',
      'true',
      'nul',
      '-',
      '0',
      '1.',
      'e5',
      '\n',
      'é',
    ];
    const text = fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((each) => each.join(''));
    fc.assert(
      fc.property(text, (each) => {
        try {
          JSON.parse(each);
        } catch {
          const { message, read } = jsonProblem(each);
          expect(message).not.to.equal('The text is not JSON');
          expect(read).to.be.at.most(each.length);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(jsonProblem('['.repeat(1_000_000)).message).to.match(/^Document nesting depth \(1001\)/);
  });
});

import { expect } from 'chai';
import { quote } from '../../runtime/shell-word';

describe('a word of a shell', () => {
  it('is left as it is if the shell does so', () => {
    for (const word of ['a', 'data/2026/', 's3://bucket/key', 'x@y', 'a=b,c', '1%', '+1', '-x']) {
      expect(quote(word)).to.equal(word);
    }
  });

  it('is quoted if the shell would read something else', () => {
    expect([quote(''), quote('a b'), quote('*'), quote("it's"), quote('a;b'), quote('ä')]).to.deep.equal([
      "''",
      "'a b'",
      "'*'",
      `'it'\\''s'`,
      "'a;b'",
      "'ä'",
    ]);
  });
});

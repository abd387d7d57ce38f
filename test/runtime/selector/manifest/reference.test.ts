import { expect } from 'chai';
import { quote } from '../../../../runtime/selector/manifest/reference';

describe('the part of a manifest that a message quotes', () => {
  it('is at most 200 characters', () => {
    expect(quote('a"b\n')).to.equal('"a\\"b\\n"');
    expect(quote('x'.repeat(200))).to.equal(`"${'x'.repeat(200)}"`);
    expect(quote('x'.repeat(201))).to.equal(`"${'x'.repeat(200)}…"`);
  });
});

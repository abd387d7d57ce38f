import { expect } from 'chai';
import { PermanentError } from '../../../runtime/processor';

describe('a permanent error', () => {
  it('keeps its name also in another process, which does not know its class', () => {
    expect(new PermanentError('no image')).to.include({ name: 'PermanentError', message: 'no image' });
  });
});

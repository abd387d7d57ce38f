import { expect } from 'chai';
import { PermanentError } from '../../../runtime/processor';

describe('a permanent error', () => {
  it('has its name also where it crosses to another process, which knows no classes', () => {
    expect(new PermanentError('no image')).to.include({ name: 'PermanentError', message: 'no image' });
  });
});

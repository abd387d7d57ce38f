import { expect } from 'chai';
import { AttemptContext } from '../../../../runtime/worker/slot/attempt-context';

describe('the context of an attempt', () => {
  it('makes a member only when it is read, also in a copy', () => {
    const made: string[] = [];
    const { signal } = new AbortController();
    const context = new AttemptContext(
      {
        get signal() {
          made.push('signal');
          return signal;
        },
      },
      {
        get path() {
          made.push('scratch');
          return '/scratch';
        },
      },
    );
    expect(Object.keys(context)).to.deep.equal(['signal', 'scratch']);
    expect(made).to.deep.equal([]);
    expect({ ...context }).to.deep.equal({ signal, scratch: '/scratch' });
    expect(made).to.deep.equal(['signal', 'scratch']);
  });
});

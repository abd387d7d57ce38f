import { expect } from 'chai';
import { oneLine } from '../../../scripts/cli/one-line';

describe('a message on one line', () => {
  it('stays as it is if it is short', () => expect(oneLine('Error: simulated')).to.equal('Error: simulated'));

  it('has no line breaks', () =>
    expect(oneLine('Traceback:\n  File "count.py", line 3\r\nValueError: x\n')).to.equal(
      'Traceback: File "count.py", line 3 ValueError: x',
    ));

  it('keeps the beginning and the end of a long one', () => {
    const line = oneLine(`TypeError: a\n${'at f\n'.repeat(500)}ValueError: b`);
    expect(line)
      .to.match(/^TypeError: a at f .* … .* ValueError: b$/)
      .and.have.length(403);
  });
});

import { expect } from 'chai';
import { describeError, log } from '../../runtime/log';
import { captureLines } from './support/lines';

describe('the log', () => {
  const lines = captureLines();

  it('is JSON, one object a line, with time, level and message', () => {
    log.info('one', { key: 'a\nb' });
    log.warn('two');
    log.error('three', { error: 'Error' });
    expect(lines.map(({ timestamp, ...line }) => line)).to.deep.equal([
      { level: 'info', message: 'one', key: 'a\nb' },
      { level: 'warn', message: 'two' },
      { level: 'error', message: 'three', error: 'Error' },
    ]);
    expect(lines[0]?.timestamp).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('says name and message of an error, and what else was thrown', () => {
    expect(describeError(new TypeError('oops'))).to.deep.equal({ error: 'TypeError', cause: 'oops' });
    expect(describeError('words')).to.deep.equal({ error: 'Error', cause: 'words' });
  });
});

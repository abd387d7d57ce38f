import { expect } from 'chai';
import { describeError, log, redactLog, redirectLog } from '../../runtime/log';
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

  it('may go elsewhere, with secrets left out of every text', () => {
    const written: string[] = [];
    redirectLog((line) => written.push(line));
    redactLog((text) => text.replaceAll('secret', '…'));
    try {
      log.info('a secret', { deep: { list: ['secret', 7] } });
    } finally {
      redactLog((text) => text);
      redirectLog((line) => process.stdout.write(line));
    }
    expect(lines).to.deep.equal([]);
    expect(written).to.have.length(1);
    const { timestamp: _, ...line } = JSON.parse(written[0] ?? '');
    expect(line).to.deep.equal({ level: 'info', message: 'a …', deep: { list: ['…', 7] } });
  });

  it('gives the name and message of an error, and any other value that was thrown', () => {
    expect(describeError(new TypeError('oops'))).to.deep.equal({ error: 'TypeError', cause: 'oops' });
    expect(describeError('words')).to.deep.equal({ error: 'Error', cause: 'words' });
  });
});

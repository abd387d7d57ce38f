import { expect } from 'chai';
import { formatLogLine } from '../../../scripts/run/format-log-line';

const AT = Date.UTC(2026, 10, 26, 10);
const format = (fields: object) => formatLogLine(JSON.stringify(fields), AT, 'run-1');

describe('a line of the log of workers', () => {
  it('begins with its own time, its level, and the object that it is about', () => {
    const timestamp = '2026-11-26T10:00:01.234Z';
    expect(format({ timestamp, level: 'info', message: 'hello', key: 'data/a.txt' })).to.deep.equal([
      '10:00:01.234 info  data/a.txt: hello',
    ]);
    expect(format({ level: 'error', message: 'no' })).to.deep.equal(['10:00:00.000 error no']);
  });

  it('has the other fields at its end, and a stack below it', () => {
    const fields = { level: 'warn', message: 'm', attempt: 2, why: 'x y', list: [1], worker_id: 'w' };
    expect(format({ ...fields, stack: 'Error: no\n    at a.ts:1:2' })).to.deep.equal([
      '10:00:00.000 warn  m attempt=2 why=x y list=[1]',
      'Error: no',
      '    at a.ts:1:2',
    ]);
  });

  it('is as many lines as its message has', () => {
    expect(format({ level: 'info', message: 'a\nb' })).to.deep.equal(['10:00:00.000 info  a', 'b']);
  });

  it('is left out if it is a metric, or about another execution', () => {
    expect(format({ _aws: {}, ObjectsProcessed: 3 })).to.deep.equal([]);
    const line = { level: 'info', message: 'Processing task' };
    expect(format({ ...line, execution: 'run-2' })).to.deep.equal([]);
    expect(format({ ...line, execution: 'run-1' })).to.have.length(1);
  });

  it('is shown as it is if it is not JSON', () => {
    for (const text of ['Segmentation fault', '{ broken', '3']) {
      expect(formatLogLine(`${text}\n`, AT, 'run-1')).to.deep.equal([`10:00:00.000 ${text}`]);
    }
  });
});

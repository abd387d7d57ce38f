import { expect } from 'chai';
import {
  OBJECT_PROCESSED,
  PROCESSING_OBJECT,
  PROCESSING_TASK,
  parseLogLine,
  TASK_COMPLETED,
} from '../../runtime/log-lines';

describe('log lines that others read', () => {
  it('keep the words that people filter on', () => {
    expect([PROCESSING_TASK, TASK_COMPLETED]).to.deep.equal(['Processing task', 'Task completed']);
    expect(PROCESSING_OBJECT).to.equal('Processing S3 object');
    expect(OBJECT_PROCESSED).to.equal('S3 object processed successfully');
  });

  it('are read as JSON, and a line that is not JSON has no fields', () => {
    expect(parseLogLine('{"message":"Task completed","slot":2}')).to.deep.equal({
      message: 'Task completed',
      slot: 2,
    });
    for (const text of ['', 'null', 'Killed', '{']) expect(parseLogLine(text), text).to.deep.equal({});
  });
});

import { expect } from 'chai';
import { observeLine } from '../../../scripts/view/observe-line';

const TIME = '2026-11-23T10:00:00.000Z';
const logged = (line: object | string) => ({
  timestamp: 1,
  stream: 'worker/worker/0123456789abcdef',
  message:
    typeof line === 'string'
      ? line
      : JSON.stringify({ timestamp: TIME, execution: 'run', key: 'a', slot: 2, ...line }),
});
const WHERE = { key: 'a', endedAt: Date.parse(TIME), worker: '0123456789abcdef', slot: 2 };

describe("a line of a worker's log", () => {
  it('reports an object that was processed, skipped, or failed', () => {
    const processed = { message: 'S3 object processed successfully', seconds: 0.5 };
    expect(observeLine(logged(processed), 'run')).to.include({ ...WHERE, status: 'success', seconds: 0.5 });
    const skipped = { message: 'S3 object skipped', reason: 'its outputs are up to date' };
    expect(observeLine(logged(skipped), 'run')).to.include({ ...WHERE, status: 'skipped' });
    const failed = {
      message: 'S3 object failed',
      attempt: 2,
      error: 'ProcessorError',
      cause: 'no',
      stack: 'at a',
    };
    expect(observeLine(logged(failed), 'run')).to.include({
      ...WHERE,
      status: 'failed',
      attempt: 2,
      error: 'ProcessorError',
      message: 'no',
      stack: 'at a',
    });
  });

  it('reports nothing if it is of another run, of something else, or not JSON', () => {
    const processed = { message: 'S3 object processed successfully' };
    expect(observeLine(logged(processed), 'other')).to.equal(undefined);
    expect(observeLine(logged({ message: 'Processing S3 object' }), 'run')).to.equal(undefined);
    for (const text of ['', 'null', 'Killed', '{'])
      expect(observeLine(logged(text), 'run')).to.equal(undefined);
  });
});

import { expect } from 'chai';
import { TryCounter } from '../../../client/follow/tries';

const line = (fields: object) => JSON.stringify({ level: 'error', execution: 'run', ...fields });
const failed = (key: string, error: string, attempt = 1) =>
  line({ message: 'S3 object failed', key, error, attempt });

describe('the failures so far', () => {
  let counter: TryCounter;
  beforeEach(() => {
    counter = new TryCounter('run');
  });
  const triesOf = (...lines: string[]) => {
    for (const each of lines) counter.add(each);
    return counter.tries;
  };

  it('are grouped by error: objects that are given up, and objects that are retried', () => {
    const tries = triesOf(
      failed('a', 'PermanentError'),
      failed('b', 'PermanentError'),
      failed('c', 'ProcessorError', 1),
      failed('c', 'ProcessorError', 2),
      failed('d', 'ProcessorError', 4),
      failed('e', 'StorageError', 4),
      failed('f', 'StorageError', 11),
    );
    expect(tries.failed).to.deep.equal({ PermanentError: 2, ProcessorError: 1, StorageError: 1 });
    expect(tries.retried).to.deep.equal({ ProcessorError: 2, StorageError: 1 });
  });

  it('count an object once, also if its task is retried for another one', () => {
    const { failed: errors } = triesOf(failed('a', 'PermanentError', 1), failed('a', 'PermanentError', 2));
    expect(errors).to.deep.equal({ PermanentError: 1 });
  });

  it('count tasks that were interrupted, in a slot or before a slot began them', () => {
    const interrupted = line({ message: 'Task failed', error: 'WorkerInterrupted' });
    const handedBack = line({ level: 'info', message: 'Task handed back', attempt: 1, objects: 3 });
    const { interruptions } = triesOf(
      interrupted,
      interrupted,
      handedBack,
      line({ message: 'Task failed', error: 'StorageError' }),
    );
    expect(interruptions).to.equal(3);
  });

  it('leave out other executions, and lines that are not from a worker', () => {
    const other = JSON.stringify({ message: 'S3 object failed', execution: 'other', key: 'a', error: 'x' });
    const none = { failed: {}, retried: {}, interruptions: 0 };
    expect(triesOf(other, 'null', '{', 'text', '[]', '3')).to.deep.equal(none);
  });
});

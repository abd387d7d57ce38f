import { expect } from 'chai';
import type { Snapshot } from '../../../client';
import { RunTracker } from '../../../client/follow/tracker';
import { describeProgress } from '../../../scripts/run/describe-progress';

const SNAPSHOT: Snapshot = {
  phase: 'processing',
  status: 'RUNNING',
  seconds: 100,
  workersRunning: 10,
  total: 77,
  done: 29,
  failed: 0,
  tasksDone: 29,
  processingSeconds: 40,
};
const NONE = { work: { workers: 1, workerSeconds: 0, attempts: 0, objects: 0 } };
const text = (snapshot: Partial<Snapshot>, progress = {}, cost?: string) =>
  describeProgress({ ...SNAPSHOT, ...snapshot }, { ...NONE, ...progress }, 10, cost);

describe('the progress line', () => {
  it('has share, counts, rate, time left, workers, failures and cost', () => {
    const tries = {
      failed: { StorageError: 1, PermanentError: 2 },
      retried: { ProcessorError: 4 },
      interruptions: 1,
    };
    const progress = { share: 29 / 77, rate: 20.34, secondsLeft: 372 };
    expect(text({ failed: 3, tries }, progress, '$0.42')).to.equal(
      'Processing: 29 of 77 objects (37%), 20.3/s, 6m 12s left, 10 of 10 workers, 3 failed (PermanentError 2, StorageError 1), 4 retried (ProcessorError 4), 1 interrupted, $0.42',
    );
  });

  it('leaves out unknown values', () => {
    expect(text({ workersRunning: undefined })).to.equal('Processing: 29 of 77 objects, 0 failed');
  });

  it('does not count before the first object is known', () => {
    expect(text({ total: 0, done: 0 }, { rate: 0 })).to.equal(
      'Processing: no objects yet, 10 of 10 workers, 0 failed',
    );
  });

  it('leaves out workers of other executions', () => {
    expect(text({ workersRunning: 14 })).to.include('10 of 10 workers');
  });

  it('says that all is done only when it is', () => {
    expect(text({ total: 100_000, done: 99_999 }, { share: 0.99999 })).to.include('(99%)');
  });

  it('says what provisioning waits for', () => {
    const early = { phase: 'provisioning', workersRunning: 0, total: 0, done: 0 } as const;
    expect(text(early)).to.equal('Provisioning: 0 of 10 workers running');
    expect(text({ ...early, workersStarting: 3, shortage: 'no capacity' }, {}, '$0.01')).to.equal(
      'Provisioning: 0 of 10 workers running, 3 starting, no capacity, $0.01',
    );
  });

  it('says that the workers are being removed', () => {
    expect(text({ phase: 'deprovisioning', done: 77 }, { share: 1 })).to.equal(
      'Deprovisioning: 77 of 77 objects (100%), 10 of 10 workers, 0 failed',
    );
  });

  it('accepts the snapshots of a tracker', () => {
    expect(describeProgress(SNAPSHOT, new RunTracker(10).track(SNAPSHOT), 10)).to.include(
      '29 of 77 objects (37%)',
    );
  });
});

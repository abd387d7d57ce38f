import { expect } from 'chai';
import { describeSummary } from '../../../scripts/run/print-summary';
import type { Summary } from '../../../scripts/run/summary';

const SUMMARY: Summary = {
  status: 'SUCCEEDED',
  execution: 'arn:aws:states:us-east-1:000000000000:execution:batch-processor:run',
  objects: 77,
  succeeded: 77,
  skipped: 0,
  failed: 0,
  pending: 0,
  seconds: 6.34,
  objects_per_second: 12.2,
  workers: 10,
  workers_running: 10,
  outputs: 'local/bucket/processed/',
  results: 'local/bucket/results/run/1/',
};

describe('the summary of a run', () => {
  const text = (more: Partial<Summary> = {}, kind: 'local' | 'aws' = 'local') =>
    describeSummary({ kind }, { ...SUMMARY, ...more }).join('\n');

  it('is a short table if all went well', () => {
    expect(
      text()
        .split('\n')
        .map((line) => line.slice(0, 12).trim()),
    ).to.deep.equal([
      'Status',
      'Objects',
      'succeeded',
      'skipped',
      'failed',
      'Workers',
      'Seconds',
      'Objects/s',
      'Outputs',
      'Results',
    ]);
    expect(text()).to.match(/^Seconds {6}6\.3$/m);
  });

  it('shows a long time in hours and minutes, beside the planned one', () => {
    expect(text({ seconds: 48_211.3 })).to.match(/^Seconds {6}48211\.3 \(13h 24m\)$/m);
    const planned = { seconds: 48_211.3, predicted: { seconds: 45_000 } };
    expect(text(planned, 'aws')).to.match(/^Seconds {6}48211\.3 \(13h 24m, planned 12h 30m\)$/m);
    expect(text(planned)).to.match(/^Seconds .*, planned 12h 30m for AWS\)$/m);
  });

  it('lists retries, also those that no attempt has reported', () => {
    const retries = { ProcessorError: 30, StorageError: 2 };
    expect(text({ retries, retried_objects: 10, interruptions: 4 })).to.match(
      /^Retries {6}attempts that failed: ProcessorError 30, StorageError 2; objects with more than one attempt: 10; tasks that were interrupted: 4$/m,
    );
  });

  it('names no results if none exist, and no worker if none ran', () => {
    const none = text({ objects: 0, succeeded: 0, workers_running: 0, results: undefined });
    expect(none)
      .to.match(/^Workers {6}0 of 10$/m)
      .and.not.include('Results');
  });

  it('has an example of each error, with its place in the code', () => {
    const example = { object_key: 'data/a', message: 'simulated', at: 'processors/simulate/faults.ts:10:11' };
    expect(text({ failed: 3, failures: [{ error: 'ProcessorError', count: 3, example }] })).to.include(
      '3 ProcessorError, such as data/a: simulated (processors/simulate/faults.ts:10:11)',
    );
  });
});

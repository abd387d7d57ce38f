import { expect } from 'chai';
import { retryCommand } from '../../runtime/retry-command';

describe('the command that tries failed objects again', () => {
  it('names the execution and its workers', () => {
    expect(retryCommand('nightly-7', { worker_count: 10, prefix: 'data/' })).to.equal(
      'npx ts-node scripts/execute.ts 10 --retry-failed nightly-7',
    );
  });

  it('has the other options of the execution, as a shell reads them', () => {
    const input = {
      worker_count: 2,
      prefix: 'data/',
      processor: 'thumbnail',
      parameters: { widths: [256, 1024], title: "it's 5 o'clock", quality: 80 },
      output_prefix: 'processed/small/',
      tolerated_failure_percentage: 0,
      batch_size: 50,
    };
    expect(retryCommand('nightly-7', input)).to.equal(
      `npx ts-node scripts/execute.ts 2 --retry-failed nightly-7 --processor thumbnail --param 'widths=[256,1024]' --param 'title=it'\\''s 5 o'\\''clock' --param quality=80 --output-prefix processed/small/ --tolerated-failure-percentage 0`,
    );
  });
});

/** What people are told of the end of an execution. */
import { expect } from 'chai';
import type { EndedExecution } from '../../../runtime/notifier/ended-execution';
import { messageOf } from '../../../runtime/notifier/message';
import type { Settings } from '../../../runtime/notifier/settings';

const SETTINGS: Settings = {
  TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:team',
  DEPLOYMENT: 'batch-processor',
  RESULTS_URL: 's3://data/results/',
  CONSOLE_URL: 'https://console/',
  AWS_REGION: 'us-east-1',
  INSTANCES: { instanceType: 'm6i.large', spot: false, diskGiB: 30, publicIp: true },
};
const ENDED: EndedExecution = {
  arn: 'arn:aws:states:us-east-1:123456789012:execution:batch-processor:nightly-7',
  name: 'nightly-7',
  status: 'SUCCEEDED',
  startedAt: new Date('2026-11-27T01:00:00Z'),
  endedAt: new Date('2026-11-27T02:30:00Z'),
  redriveCount: 0,
  input: { worker_count: 10, prefix: 'data/' },
  mapRun: {
    arn: 'arn:aws:states:us-east-1:123456789012:mapRun:batch-processor/ProcessPrefix:0a1b-2c',
    counts: { total: 100_000, done: 100_000, failed: 0, pending: 0 },
  },
};
const withCounts = (counts: object, more: Partial<EndedExecution> = {}): EndedExecution => {
  const mapRun = {
    arn: ENDED.mapRun?.arn ?? '',
    counts: { total: 0, done: 0, failed: 0, pending: 0, ...counts },
  };
  return { ...ENDED, mapRun, ...more };
};
const told = (ended: EndedExecution) => messageOf(ended, SETTINGS);

describe('the message at the end of an execution', () => {
  it('says what became of the objects, how long it took, what it cost, and where the results are', () => {
    const { subject, text } = told(ENDED);
    expect(subject).to.equal('batch-processor: SUCCEEDED, 100,000 done (nightly-7)');
    expect(text).to.match(/^The execution nightly-7 of batch-processor ended: SUCCEEDED\.$/m);
    for (const row of [
      /^Objects {5}100,000$/m,
      /^ {2}done {6}100,000$/m,
      /^ {2}failed {4}0$/m,
      /^Minutes {5}90\.0$/m,
      /^Workers {5}10$/m,
      /^Cost {8}about \$\d+\.\d\d by the table of \d{4}-\d\d-\d\d$/m,
      /^Started {5}2026-11-27 01:00 UTC$/m,
      /^Ended {7}2026-11-27 02:30 UTC$/m,
      /^Results {5}s3:\/\/data\/results\/nightly-7\/0a1b-2c\/$/m,
      /^Console {5}https:\/\/console\/arn:aws:states:.*:nightly-7$/m,
    ])
      expect(text).to.match(row);
    expect(text).not.to.match(/Retry|Failures|not done|Error|Cause|undefined|NaN/);
    expect(text.split('\n').every((line) => line === line.trimEnd())).to.equal(true);
  });

  it('has the commands that show the failed objects and try them again', () => {
    const { subject, text } = told(withCounts({ total: 100, done: 97, failed: 3 }));
    expect(subject).to.equal('batch-processor: SUCCEEDED, 97 done, 3 failed (nightly-7)');
    expect(text).to.match(/^Failures {4}npx ts-node scripts\/results\.ts nightly-7 --failed$/m);
    expect(text).to.match(/^Retry {7}npx ts-node scripts\/execute\.ts 10 --retry-failed nightly-7$/m);
    expect(text).not.to.include('count as failed here');
  });

  it('tries again with what the execution was given, as a shell reads it', () => {
    const input = {
      worker_count: 2,
      prefix: 'data/',
      processor: 'thumbnail',
      parameters: { widths: [256, 1024], title: "it's 5 o'clock", quality: 80 },
      output_prefix: 'processed/small/',
      tolerated_failure_percentage: 0,
      batch_size: 50,
    };
    const { text } = told(withCounts({ total: 100, done: 50, failed: 50 }, { input }));
    expect(text).to.include(
      `execute.ts 2 --retry-failed nightly-7 --processor thumbnail --param 'widths=[256,1024]' --param 'title=it'\\''s 5 o'\\''clock' --param quality=80 --output-prefix processed/small/ --tolerated-failure-percentage 0\n`,
    );
    expect(text).to.include('If one object of a task fails, all of its objects count as failed here.');
  });

  it('says why an execution failed, and what is not done', () => {
    const failed = withCounts(
      { total: 10, done: 6, failed: 2, pending: 2 },
      { status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold', cause: 'x'.repeat(5000) },
    );
    const { subject, text } = told(failed);
    expect(subject).to.equal('batch-processor: FAILED, 6 done, 2 failed, 2 not done (nightly-7)');
    expect(text)
      .to.match(/^ {2}not done {2}2$/m)
      .and.to.match(/^Error {7}States\.ExceedToleratedFailureThreshold$/m);
    expect(text).to.match(/^Cause {7}x{1000}…$/m);
    expect(text).to.include('Start the same input again for the objects that are not done');
    const forced = told({ ...failed, input: { worker_count: 10, prefix: 'data/', force: true } }).text;
    expect(forced).to.include('processes all objects, also those that are done').and.not.include('skips');
  });

  it('says of an execution that ended before its map that there are no objects, results and cost', () => {
    const { mapRun: _, ...ended } = {
      ...ENDED,
      status: 'FAILED',
      error: 'InvalidInput',
      cause: 'worker_count is 0',
    };
    for (const input of [ENDED.input, undefined, {} as never]) {
      const each = { ...ended, input };
      const { subject, text } = told(each);
      expect(subject).to.equal('batch-processor: FAILED (nightly-7)');
      expect(text)
        .to.match(/^Objects {5}none: it ended before its map$/m)
        .and.to.include('worker_count is 0');
      expect(text).not.to.match(/Results|Retry|Cost|undefined/);
    }
  });

  it('says of an execution that succeeded without a map that nothing was selected', () => {
    const { mapRun: _, ...ended } = ENDED;
    const { subject, text } = told(ended);
    expect(subject).to.equal('batch-processor: SUCCEEDED, nothing selected (nightly-7)');
    expect(text).to.match(/^Objects {5}none: nothing was selected$/m);
    expect(text).not.to.match(/Workers|Results|Retry|Cost|undefined/);
  });

  it('counts the time of an execution that was redriven from there', () => {
    expect(told({ ...ENDED, redriveCount: 1 }).text).to.match(/^Minutes {5}90\.0, since it was redriven$/m);
  });

  it('names no object, since keys can be personal data', () => {
    const input = { worker_count: 1, objects: [{ Key: 'jane-doe.pdf' }] };
    expect(JSON.stringify(told(withCounts({ total: 1, failed: 1 }, { input })))).not.to.include('jane-doe');
  });

  it('can be sent, whatever errors and parameters hold: half of a surrogate pair, control characters', () => {
    const input = { worker_count: 1, prefix: 'a/', parameters: { title: '\ud83d' } };
    for (const cause of [`${'x'.repeat(999)}😀`, 'a\udc00b', '\u001b[2Jx\u0000', '😀\n\ttwo'.repeat(5000)]) {
      const { text } = told(withCounts({ total: 1, failed: 1 }, { input, cause, error: cause }));
      expect(() => encodeURIComponent(text)).not.to.throw();
      expect(text).not.to.match(/(?![\t\n])\p{Cc}/u);
      expect(text.length).to.be.below(4000);
    }
    expect(told({ ...ENDED, cause: 'a 😀' }).text).to.include('a 😀\n');
  });

  it('has a subject that SNS takes, whatever the name of the execution', () => {
    for (const name of ['n'.repeat(80), 'größe-😀-ß']) {
      const { subject, text } = told({
        ...withCounts({ total: 1e9, done: 1e9 - 2, failed: 1, pending: 1 }),
        name,
      });
      expect(subject).to.match(/^[!-~][ -~]{0,98}$/);
      expect(text).to.include(name);
    }
  });
});

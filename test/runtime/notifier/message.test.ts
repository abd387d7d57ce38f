/** The message at the end of an execution. */
import { expect } from 'chai';
import type { ExecutionInput } from '../../../runtime/contract';
import { describeCost } from '../../../runtime/notifier/cost';
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
const INPUT = { worker_count: 10, prefix: 'data/' };
const ENDED: EndedExecution = {
  arn: 'arn:aws:states:us-east-1:123456789012:execution:batch-processor:nightly-7',
  name: 'nightly-7',
  status: 'SUCCEEDED',
  startedAt: new Date('2026-11-27T01:00:00Z'),
  endedAt: new Date('2026-11-27T02:30:00Z'),
  redriveCount: 0,
  input: INPUT,
  mapRun: {
    arn: 'arn:aws:states:us-east-1:123456789012:mapRun:batch-processor/ProcessPrefix:0a1b-2c',
    counts: { total: 100_000, succeeded: 100_000, failed: 0, pending: 0 },
  },
};
const withCounts = (counts: object, more: Partial<EndedExecution> = {}): EndedExecution => {
  const mapRun = {
    arn: ENDED.mapRun?.arn ?? '',
    counts: { total: 0, succeeded: 0, failed: 0, pending: 0, ...counts },
  };
  return { ...ENDED, mapRun, ...more };
};
const told = (ended: EndedExecution) => messageOf(ended, SETTINGS);
const text = (...lines: string[]) => `${lines.join('\n')}\n`;
const cost = (succeeded: number, failed: number, input: ExecutionInput = INPUT) => {
  const counts = { total: succeeded + failed, succeeded, failed, pending: 0 };
  return describeCost({ input, counts, seconds: 5400 }, SETTINGS.INSTANCES, 'us-east-1');
};
const CONSOLE =
  'Console     https://console/arn:aws:states:us-east-1:123456789012:execution:batch-processor:nightly-7';
const TIMES = ['Started     2026-11-27 01:00 UTC', 'Ended       2026-11-27 02:30 UTC'];

describe('the message at the end of an execution', () => {
  it('gives the outcome of the objects, the duration, the cost, and the place of the results', () => {
    expect(told(ENDED)).to.deep.equal({
      subject: 'batch-processor: SUCCEEDED, 100,000 done (nightly-7)',
      text: text(
        'The execution nightly-7 of batch-processor ended: SUCCEEDED.',
        '',
        'Objects     100,000',
        '  done      100,000',
        '  failed    0',
        'Minutes     90.0',
        'Workers     10',
        `Cost        ${cost(100_000, 0)}`,
        ...TIMES,
        '',
        'Results     s3://data/results/nightly-7/0a1b-2c/',
        CONSOLE,
      ),
    });
    expect(cost(100_000, 0)).to.match(/^about \$\d+\.\d\d by the table of \d{4}-\d\d-\d\d$/);
  });

  it('has the commands that show the failed objects and try them again', () => {
    expect(told(withCounts({ total: 100, succeeded: 97, failed: 3 }))).to.deep.equal({
      subject: 'batch-processor: SUCCEEDED, 97 done, 3 failed (nightly-7)',
      text: text(
        'The execution nightly-7 of batch-processor ended: SUCCEEDED.',
        '',
        'Objects     100',
        '  done      97',
        '  failed    3',
        'Minutes     90.0',
        'Workers     10',
        `Cost        ${cost(97, 3)}`,
        ...TIMES,
        '',
        'Results     s3://data/results/nightly-7/0a1b-2c/',
        'Failures    npx ts-node scripts/results.ts nightly-7 --failed',
        'Retry       npx ts-node scripts/execute.ts 10 --retry-failed nightly-7',
        CONSOLE,
      ),
    });
  });

  it('says why an execution failed, and which objects are not done', () => {
    const input = { ...INPUT, batch_size: 2 };
    const failed = withCounts(
      { total: 10, succeeded: 6, failed: 2, pending: 2 },
      { status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold', cause: 'x'.repeat(5000), input },
    );
    const lines = [
      'The execution nightly-7 of batch-processor ended: FAILED.',
      '',
      'Objects     10',
      '  done      6',
      '  failed    2',
      '  not done  2',
      'Minutes     90.0',
      'Workers     10',
      `Cost        ${cost(6, 2, input)}`,
      ...TIMES,
      'Error       States.ExceedToleratedFailureThreshold',
      `Cause       ${'x'.repeat(1000)}…`,
      '',
      'Results     s3://data/results/nightly-7/0a1b-2c/',
      'Failures    npx ts-node scripts/results.ts nightly-7 --failed',
      'Retry       npx ts-node scripts/execute.ts 10 --retry-failed nightly-7',
      CONSOLE,
      '',
      'If one object of a task fails, all of its objects count as failed here. The results tell them apart.',
      '',
    ];
    expect(told(failed)).to.deep.equal({
      subject: 'batch-processor: FAILED, 6 done, 2 failed, 2 not done (nightly-7)',
      text: text(
        ...lines,
        'Start the same input again for the objects that are not done: it skips the others.',
      ),
    });
    expect(told({ ...failed, input: { ...input, force: true } }).text).to.equal(
      text(
        ...lines,
        'The same input again processes all objects, also those that are done, because of `force`.',
      ),
    );
  });

  const APART = 'count as failed here';
  for (const [what, failed, batch_size, hinted] of [
    ['a task of several objects failed', 1, 2, true],
    ['no task of several objects failed', 0, 2, false],
    ['a task of one object failed', 1, 1, false],
  ] as const) {
    it(`${hinted ? 'explains' : 'does not explain'} the count of failures if ${what}`, () => {
      const input = { ...INPUT, batch_size };
      expect(
        told(withCounts({ total: 4, succeeded: 4 - failed, failed }, { input })).text.includes(APART),
      ).to.equal(hinted);
    });
  }

  it('says less of an execution whose input is not known', () => {
    expect(told(withCounts({ total: 2, succeeded: 1, failed: 1 }, { input: undefined })).text).to.equal(
      text(
        'The execution nightly-7 of batch-processor ended: SUCCEEDED.',
        '',
        'Objects     2',
        '  done      1',
        '  failed    1',
        'Minutes     90.0',
        ...TIMES,
        '',
        'Results     s3://data/results/nightly-7/0a1b-2c/',
        'Failures    npx ts-node scripts/results.ts nightly-7 --failed',
        CONSOLE,
      ),
    );
  });

  it('says of an execution that ended before its map that there are no objects, results and cost', () => {
    const { mapRun: _, ...ended } = {
      ...ENDED,
      status: 'FAILED',
      error: 'InvalidInput',
      cause: 'worker_count is 0',
    };
    for (const [input, workers] of [
      [INPUT, ['Workers     10']],
      [undefined, []],
      [{} as never, []],
    ] as const) {
      expect(told({ ...ended, input })).to.deep.equal({
        subject: 'batch-processor: FAILED (nightly-7)',
        text: text(
          'The execution nightly-7 of batch-processor ended: FAILED.',
          '',
          'Objects     none: it ended before its map',
          'Minutes     90.0',
          ...workers,
          ...TIMES,
          'Error       InvalidInput',
          'Cause       worker_count is 0',
          '',
          CONSOLE,
        ),
      });
    }
  });

  it('says of an execution that succeeded without a map that nothing was selected', () => {
    const { mapRun: _, ...ended } = ENDED;
    expect(told(ended)).to.deep.equal({
      subject: 'batch-processor: SUCCEEDED, nothing selected (nightly-7)',
      text: text(
        'The execution nightly-7 of batch-processor ended: SUCCEEDED.',
        '',
        'Objects     none: nothing was selected',
        'Minutes     90.0',
        ...TIMES,
        '',
        CONSOLE,
      ),
    });
  });

  it('counts the time of an execution that was redriven from there', () => {
    expect(told({ ...ENDED, redriveCount: 1 }).text).to.match(/^Minutes {5}90\.0, since it was redriven$/m);
  });

  it('names no object, since keys can be personal data', () => {
    const input = { worker_count: 1, objects: [{ Key: 'jane-doe.pdf' }] };
    expect(JSON.stringify(told(withCounts({ total: 1, failed: 1 }, { input })))).not.to.include('jane-doe');
  });

  it('can be sent with any text of an error: a long text, half of a surrogate pair, control characters', () => {
    for (const [cause, shown] of [
      ['x'.repeat(1000), 'x'.repeat(1000)],
      [`${'x'.repeat(999)}😀`, `${'x'.repeat(999)}\ufffd…`],
      ['a\udc00b', 'a\ufffdb'],
      ['\u001b[2Jx\u0000', '\ufffd[2Jx\ufffd'],
      ['😀\n\ttwo', '😀\n\ttwo'],
    ] as const) {
      const { text } = told({ ...ENDED, cause, error: cause });
      expect(text).to.include(`Error       ${shown}\nCause       ${shown}\n`);
    }
    const input = { worker_count: 1, prefix: 'a/', parameters: { title: '\ud83d' } };
    expect(told(withCounts({ total: 1, failed: 1 }, { input })).text).to.include('title=\ufffd');
  });

  it('has a subject that SNS accepts, for any name of the execution', () => {
    const counted = withCounts({ total: 1e9, succeeded: 1e9 - 2, failed: 1, pending: 1 });
    const START = 'batch-processor: SUCCEEDED, 999,999,998 done, 1 failed, 1 not done (';
    for (const [name, shown] of [
      ['n'.repeat(80), 'n'.repeat(99 - START.length)],
      ['größe-😀-ß', 'gr??e-??-?)'],
    ] as const) {
      const { subject, text } = told({ ...counted, name });
      expect(subject).to.equal(`${START}${shown}`);
      expect(text).to.include(`The execution ${name} of`);
    }
  });
});

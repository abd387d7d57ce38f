/** scripts/plan.ts, and the summary of a planned run, in a local cloud that keeps running. */
import { expect } from 'chai';
import type { Summary } from '../../scripts/run/summary';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { type Outcome, printedJson, Workplace } from '../support/script';

describe('plan.ts in the local cloud', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let workplace: Workplace;
  let test: TestCloud;

  before(async () => {
    stack = await synthesizeForTest(SMALL_FLEET);
    workplace = await Workplace.create();
    test = await TestCloud.start(stack.stackFolder, {
      bucketFolder: workplace.bucket,
      workerEnvironment: {
        SIMULATE_SECONDS: '0',
        SIMULATE_FAULT: 'permanent',
        SIMULATE_FAULT_KEY: 'note-03',
      },
    });
    await test.register();
  });
  after(async () => {
    await test.close();
    await stack.remove();
    await workplace.remove();
  });

  const run = (script: string, ...args: string[]) => workplace.run(script, [...args, ...workplace.here]);
  const answer = (script: string, ...args: string[]) =>
    workplace.answer(script, [...args, ...workplace.here]);
  /** The output without the lines that name the cloud. */
  const problem = ({ code, stderr }: Outcome) => {
    expect(code, stderr).to.equal(2);
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('Using the local cloud'));
    expect(lines, stderr).to.have.length(1);
    return lines[0];
  };

  const mistakes: [string, string[], RegExp][] = [
    [
      'two goals',
      ['data/', '--workers', '2', '--budget', '5USD'],
      /^Give only one of --workers and --budget/,
    ],
    [
      'more workers than the maximum',
      ['data/', '--workers', '50'],
      /^--workers is 50: the deployment has at most 4/,
    ],
    ['a prefix without objects', ['nothing/'], /^No object has a key that starts with "nothing\/"/],
    ['no earlier run', ['data/'], /^No earlier run shows how long an object takes: add --sample 20/],
    ['an unknown run', ['data/', '--from', 'none'], /^There is no execution none/],
  ];
  for (const [what, args, message] of mistakes) {
    it(`answers ${what} with one line and exit code 2`, async () => {
      expect(problem(await answer('plan.ts', ...args))).to.match(message);
    });
  }

  it('measures on a few objects that it processes, and predicts a run that then compares its figures', async () => {
    const planned = printedJson(
      await run('plan.ts', 'data/text/', '--sample', '4', '--workers', '2', '--name', 'planned', '--json'),
    );
    expect(planned).to.include({ name: 'planned' });
    expect(planned.basis).to.include({ objects: 12 });
    expect(planned.measurement.execution).to.match(/^sample-/);
    expect(planned.measurement.objects).to.be.within(1, 4);
    expect(planned.recommended).to.include({ workers: 2 });
    expect(planned.recommended.onDemand.lines[0]).to.include({ name: 'instances', unit: 'hours' });
    expect(planned.recommended.onDemand.dollars).to.be.above(planned.recommended.spot.dollars);
    expect(planned.start).to.match(/^npx ts-node scripts\/execute\.ts 2 data\/text\/ .*--name planned$/);

    const args = ['2', 'data/text/', '--name', 'planned', '--tolerated-failure-percentage', '50'];
    const summary: Summary = printedJson(await answer('execute.ts', ...args, '--json'));
    expect(summary).to.deep.include({ status: 'SUCCEEDED', objects: 12, failed: 1 });
    expect(summary.predicted).to.deep.equal({
      seconds: planned.recommended.seconds,
      dollars: planned.recommended.onDemand.dollars,
    });
    expect(summary.cost?.dollars).to.be.above(0);
    expect(summary.slowest?.length).to.be.within(1, 3);
    expect(summary.failures).to.have.length(1);
    expect(summary.failures?.[0]).to.deep.include({ error: 'PermanentError', count: 1 });
    expect(summary.failures?.[0]?.example).to.include({ object_key: 'data/text/note-03.txt' });
  });

  it('measures on the newest run, shows a table, and says what is possible if the goal is not', async () => {
    const late = await answer('plan.ts', 'data/text/', '--deadline', '1s');
    expect(late.code, late.stderr).to.equal(1);
    expect(late.stdout).to.match(/^An object +[\d.]+ s of a slot, by \d+ objects of (planned|sample-\S+)$/m);
    expect(late.stdout).to.match(/^ +workers +slots +batch size +time +on demand +Spot$/m);
    expect(late.stderr).to.match(
      /No number of workers up to \d+ meets a deadline of 1s: the fastest run takes/,
    );

    const shown = await answer('plan.ts', 'data/text/', '--from', 'planned');
    expect(shown.code, shown.stderr).to.equal(0);
    expect(shown.stdout).to.match(/^→ +\d+ +\d+ +\d+ +\d+m \d\ds +\$[\d.]+ +\$[\d.]+$/m);
    expect(shown.stdout).to.match(/^state transitions +[\d.]+ thousand +\$[\d.]+ +\$[\d.]+$/m);
    expect(shown.stdout).to.match(
      /^Start it: npx ts-node scripts\/execute\.ts \d+ data\/text\/ .*--name plan-/m,
    );
  });
});

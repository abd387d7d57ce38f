/** --fault of execute.ts and local.ts, as a user sees it. */
import { expect } from 'chai';
import { Workplace } from '../../support/script';

describe('--fault', () => {
  let workplace: Workplace;

  before(async () => {
    workplace = await Workplace.create();
  });
  afterEach(() => workplace.expectNothingLeft());
  after(() => workplace.remove());

  it('causes the fault, and the summary counts it', async () => {
    const faults = ['--fault', 'throttle s3:GetObject 30%', '--fault', 'lose s3:PutObject 20%'];
    const args = ['2', 'data/text/', ...workplace.here, ...faults, '--fault-seed', '7', '--json'];
    const { code, stdout, stderr } = await workplace.run('execute.ts', args);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('with the seed 7');
    const summary = JSON.parse(stdout);
    expect(summary).to.include({ objects: 12, failed: 0 });
    const { seed, injected } = summary.faults;
    expect(seed).to.equal(7);
    expect(injected).to.have.all.keys('throttle s3:GetObject 30%', 'lose s3:PutObject 20%');
    expect(injected['throttle s3:GetObject 30%']).to.be.at.least(1);
  });

  it('is refused in one line if it is invalid', async () => {
    const args = ['1', 'data/text/', ...workplace.here, '--fault', 'flip s3:GetObject'];
    const { code, stderr } = await workplace.run('execute.ts', args);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^"flip s3:GetObject" is not a fault\. Give one of .*\n$/);
  });

  it('of a local cloud that is kept up counts until it stops, and cannot be given by others', async () => {
    const args = ['--bucket-dir', workplace.bucket, '--fault', 'refuse instances 50%'];
    const cloud = workplace.start('local.ts', args);
    await new Promise((resolve) => cloud.process.stdout?.once('data', resolve));
    const { code, stderr } = await workplace.run('execute.ts', ['1', ...workplace.here, '--fault', 'drop *']);
    cloud.process.kill('SIGINT');
    expect([code, stderr]).to.deep.equal([
      2,
      stderr.match(/^A local cloud already runs .*--fault.*\n$/)?.[0],
    ]);
    const { stderr: told } = await cloud.outcome;
    expect(told).to.match(/^Faults: refuse instances 50%: 0 \(seed \d+\)$/m);
  });
});

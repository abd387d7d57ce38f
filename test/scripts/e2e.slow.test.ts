/** scripts/e2e.ts on the local cloud, from the outside. */
import { expect } from 'chai';
import { Workplace } from '../support/script';

describe('e2e.ts in the local cloud', () => {
  let workplace: Workplace;

  before(async () => {
    workplace = await Workplace.create();
  });
  afterEach(() => workplace.expectNothingLeft());
  after(() => workplace.remove());

  const e2e = (args: string[], environment: Record<string, string> = {}) =>
    workplace.run('e2e.ts', ['--target', 'local', ...args], environment);

  it('makes objects, verifies every output, and passes', async () => {
    const outcome = await e2e(['2', '--objects', '13']);
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(0);
    expect(outcome.stdout)
      .to.match(/succeeded +13\n/)
      .and.match(/Passed: 13 objects/);
  });

  it('says when it does not know the content of the outputs', async () => {
    const processor = ['--processor', 'simulate', '--param', 'seconds=0'];
    const outcome = await e2e(['1', '--objects', '3', ...processor]);
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(0);
    expect(outcome.stderr).to.match(/This test does not know the content that simulate@\w+ writes/);
    expect(outcome.stdout).to.match(/Passed: 3 objects/);
  });

  it('checks the facts of AWS that it can, only one if one is named', async () => {
    const one = await e2e(['--aws-checks', '--only', 'definition', 'draining']);
    expect(one.code, one.stdout + one.stderr).to.equal(0);
    expect(one.stdout)
      .to.match(/^holds +definition +ValidateStateMachineDefinition finds nothing/m)
      .and.match(/^only on AWS +draining /m)
      .and.match(/^1 holds, 0 DIFFERS, 0 UNTRIED, 1 only on AWS\./m);
    const orphan = await e2e(['--json']);
    expect([orphan.code, orphan.stderr]).to.deep.equal([
      2,
      '--json is about the checks: give --aws-checks, too.\n',
    ]);
  });

  it('fails, and says what differs, when objects are not processed', async () => {
    const environment = {
      BATCH_PROCESSOR: 'simulate',
      BATCH_PROCESSOR_ENVIRONMENT: '{"SIMULATE_FAULT":"permanent"}',
    };
    const outcome = await e2e(['1', '--objects', '1'], environment);
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(1);
    expect(outcome.stdout)
      .to.match(/Failed: \d differences/)
      .and.match(/: it cannot be read/);
  });
});

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

  it('says so when it does not know the content of the outputs', async () => {
    const processor = ['--processor', 'simulate', '--param', 'seconds=0'];
    const outcome = await e2e(['1', '--objects', '3', ...processor]);
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(0);
    expect(outcome.stderr).to.match(/This test does not know the content that simulate@\w+ writes/);
    expect(outcome.stdout).to.match(/Passed: 3 objects/);
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

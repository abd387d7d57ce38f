/** The checks of AWS on a local cloud: their reports of facts that hold, that do not hold, and that cannot be checked. */
import { expect } from 'chai';
import { ServiceError } from '../../../local/core/service';
import { Progress } from '../../../scripts/cli/progress';
import type { AwsCheck } from '../../../scripts/e2e/aws-checks/check';
import { CHECKS } from '../../../scripts/e2e/aws-checks/checks';
import { runChecks } from '../../../scripts/e2e/aws-checks/run-checks';
import { openLocalTarget } from '../../../scripts/target/local-target';
import type { Target } from '../../../scripts/target/target';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../../support/cloud';
import { filesBelow } from '../../support/files';

/** Matches the events from EventBridge: other events have a number of workers. */
const named = (...names: string[]) => CHECKS.filter(({ name }) => names.includes(name));

describe('the checks of AWS, on a local cloud', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  let target: Target;
  let refuse: (action: string) => void;

  before(async () => {
    stack = await synthesizeForTest(SMALL_FLEET);
    test = await TestCloud.start(stack.stackFolder, {
      intercept: ({ action, caller }) => {
        if (!caller?.roleName) refuse(action);
      },
    });
    await test.register();
    target = await openLocalTarget({ bucketFolder: test.bucket }, new Progress());
  });
  beforeEach(() => {
    refuse = () => undefined;
  });
  after(async () => {
    await target.close();
    await test.close();
    await stack.remove();
  });

  const run = async (checks: readonly AwsCheck[], of: Target = target) => {
    const written: string[] = [];
    const write = process.stdout.write;
    process.stdout.write = ((text: string) => written.push(text) > 0) as typeof write;
    try {
      const signal = new AbortController().signal;
      const code = await runChecks(of, checks, { json: true }, new Progress(), signal);
      return { code, ...JSON.parse(written.join('')) };
    } finally {
      process.stdout.write = write;
    }
  };
  const verdicts = ({ checks }: { checks: { name: string; verdict: string }[] }) =>
    Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));

  it('all hold, or say that only AWS can show the fact; nothing is left running or stored', async () => {
    const { code, checks, ...counts } = await run(CHECKS);
    const own = CHECKS.filter(({ onlyOnAws }) => onlyOnAws === undefined);
    expect(verdicts({ checks }), JSON.stringify(checks)).to.deep.equal(
      Object.fromEntries(CHECKS.map((check) => [check.name, own.includes(check) ? 'holds' : 'only-on-aws'])),
    );
    expect([code, counts]).to.deep.equal([
      0,
      { target: 'local', holds: own.length, differs: 0, untried: 0, only_on_aws: CHECKS.length - own.length },
    ]);
    for await (const { execution } of test.batch.running()) expect.fail(`${execution.name} runs`);
    await test.fleetIsGone();
    expect(filesBelow(test.bucket).filter((path) => !path.includes('/.s3/'))).to.deep.equal([]);
  });

  it('end with 1 if one differs or fails, and the others still run', async () => {
    const differs: AwsCheck = {
      name: 'differs',
      expectation: 'nothing is as it is',
      runs: 0,
      observe: async () => ({ holds: false, observed: 'it is' }),
    };
    refuse = (action) => {
      if (action === 'ValidateStateMachineDefinition')
        throw new ServiceError('AccessDeniedException', 'not allowed');
    };
    const result = await run([...named('definition'), differs, ...named('map-limits')]);
    expect(verdicts(result)).to.deep.equal({
      definition: 'untried',
      differs: 'differs',
      'map-limits': 'holds',
    });
    expect(result).to.include({ code: 1, holds: 1, differs: 1, untried: 1 });
    expect(result.checks[0].observed).to.equal('AccessDeniedException: not allowed');
    expect(result.checks[1]).to.include({ expectation: 'nothing is as it is', observed: 'it is' });
  });

  it('stop and delete everything that a check started if it fails in the middle', async () => {
    const fails: AwsCheck = {
      name: 'fails',
      expectation: 'it does not fail',
      runs: 1,
      async observe(trial) {
        await trial.start({ prefix: trial.prefix });
        throw new Error('in the middle');
      },
    };
    const { checks } = await run([fails]);
    expect(checks[0]).to.include({ verdict: 'untried', observed: 'Error: in the middle' });
    for await (const { execution } of test.batch.running()) expect.fail(`${execution.name} runs`);
  });
});

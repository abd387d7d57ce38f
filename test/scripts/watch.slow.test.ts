/** `execute --watch` and `watch`, as on AWS, while something is wrong between them and AWS. The run itself goes on. */
import { expect } from 'chai';
import { DropConnection, type RequestHandle } from '../../local/core/gateway';
import { ServiceError } from '../../local/core/service';
import { type AwsStandIn, standInForAws } from '../support/aws-stand-in';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { Gate, isRead } from '../support/hold';
import { Workplace } from '../support/script';
import { until } from '../support/until';

const KEYS = ['in/0', 'in/1'];

describe('a run that is watched on AWS', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  let aws: AwsStandIn;
  let workplace: Workplace;
  /** Workers begin no object until the gate is opened. */
  let gate: Gate;
  /** The faults of the user's own requests. */
  let trouble: Error | undefined;
  /** The user's requests that met no fault. */
  let answered = 0;
  let name: string;

  before(async () => {
    stack = await synthesizeForTest(SMALL_FLEET);
    workplace = await Workplace.create();
    test = await TestCloud.start(stack.stackFolder, {
      workerEnvironment: { SIMULATE_SECONDS: '0' },
      async intercept(handle: RequestHandle) {
        if (!handle.caller?.roleName) {
          if (trouble) throw trouble;
          answered += 1;
        }
        await gate.intercept(handle);
      },
    });
    aws = await standInForAws(test);
    await test.put(KEYS);
  });
  beforeEach(function () {
    trouble = undefined;
    gate = new Gate((handle) => isRead('in/', handle));
    name = `run-${this.currentTest?.title.replace(/\W+/g, '-').slice(0, 60)}`;
  });
  after(async () => {
    aws.close();
    await test.close();
    await stack.remove();
    await workplace.remove();
  });

  const start = (script: string, args: string[]) =>
    workplace.start(script, [...args, '--target', 'aws', '--json'], aws.environment);
  /** A run whose first worker has begun, and the script that watches it. */
  const execute = async () => {
    const script = start('execute.ts', ['1', 'in/', '--watch', '--force', '--name', name]);
    await script.said(/Processing: /);
    return script;
  };
  const throttled = () => new ServiceError('ThrottlingException', 'Rate exceeded');

  it('waits through throttling and a network failure', async () => {
    const script = await execute();
    trouble = throttled();
    await script.said(/^AWS throttles \w+ \(ThrottlingException\): this command waits, and tries again\./m);
    answered = 0;
    trouble = undefined;
    await until(() => answered > 0, 'a request is answered again');
    trouble = new DropConnection();
    await script.said(
      /^AWS does not answer \w+ \(.*\): this command tries again until it does\. Runs go on/m,
    );
    gate.open();
    trouble = undefined;
    const { code, stdout, stderr } = await script.outcome;
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ status: 'SUCCEEDED', succeeded: 2 });
  });

  it('goes on without credentials, and the script names the problem and the command that continues', async () => {
    const script = await execute();
    trouble = new ServiceError(
      'ExpiredTokenException',
      'The security token included in the request is expired',
    );
    const { code, stdout, stderr } = await script.outcome;
    trouble = undefined;
    expect(code, stderr).to.equal(4);
    const execution = test.batch.execution(name);
    expect(JSON.parse(stdout)).to.deep.equal({ status: 'RUNNING', execution: execution.arn });
    expect(stderr)
      .to.match(/^The AWS credentials have expired\. Log in again\. Run `aws configure` or `aws sso login`/m)
      .and.include('The run goes on, and this command cannot follow it any more.\n')
      .and.include(`Continue with: npx ts-node scripts/watch.ts ${name} --target aws\n`)
      .and.include(`aws stepfunctions stop-execution --region us-east-1 --execution-arn ${execution.arn}\n`);
    expect((await execution.describe()).status).to.equal('RUNNING');

    const left = start('watch.ts', [name]);
    await left.said(/Processing: /);
    left.process.kill('SIGINT');
    const leaving = await left.outcome;
    expect(leaving.code).to.equal(1);
    expect(leaving.stderr).to.include(
      `The run goes on. Continue with: npx ts-node scripts/watch.ts ${name}\n`,
    );
    expect(JSON.parse(leaving.stdout)).to.deep.equal({
      status: 'RUNNING',
      objects: 2,
      done: 0,
      failed: 0,
      execution: execution.arn,
    });
    expect((await execution.describe()).status).to.equal('RUNNING');

    const again = start('watch.ts', [name]);
    await again.said(/Processing: /);
    gate.open();
    const outcome = await again.outcome;
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(JSON.parse(outcome.stdout)).to.include({ status: 'SUCCEEDED', succeeded: 2 });
  });

  it("is watched without the workers' image, which a new run needs", async () => {
    gate.open();
    await test.end(await test.begin({ worker_count: 1, prefix: 'in/' }, name));
    aws.hasImage = false;
    try {
      const seen = await start('watch.ts', [name]).outcome;
      expect(seen.code, seen.stderr).to.equal(0);
      const refused = await start('execute.ts', ['1', 'in/']).outcome;
      expect(refused.code, refused.stderr).to.equal(2);
      expect(refused.stderr).to.match(/image .* is not in its repository yet: run `npm run push`/);
    } finally {
      aws.hasImage = true;
    }
  });

  it('is stopped by Ctrl-C, also while AWS throttles', async () => {
    const script = await execute();
    trouble = throttled();
    await script.said(/^AWS throttles/m);
    script.process.kill('SIGINT');
    await script.said(/Stopping the execution/);
    trouble = undefined;
    const { code, stderr } = await script.outcome;
    expect([code, /Stopped by SIGINT/.test(stderr)], stderr).to.deep.equal([1, true]);
    gate.open();
    expect((await test.batch.execution(name).describe()).status).to.equal('ABORTED');
  });
});

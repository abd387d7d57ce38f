/**
 * deploy and cleanup in odd circumstances: interrupted, twice at once, from a second checkout, without their bucket. The tests run in
 * order: each goes on from the one before.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { type Outcome, type RunningScript, Workplace } from '../../support/script';
import { type AwsEmulation, cannotDeploy, startAwsEmulation } from './aws-emulation';

const STATES = 'terraform-states';
const DATA = 'my-data';

describe('deploy and cleanup in odd circumstances', () => {
  const prefix = `odd-${randomBytes(4).toString('hex')}`;
  let workplace: Workplace;
  let aws: AwsEmulation;
  let s3: S3Client;
  let cloudWatch: CloudWatchClient;

  before(async function () {
    if (cannotDeploy('deploy and cleanup in odd circumstances')) this.skip();
    workplace = await Workplace.create();
    aws = await startAwsEmulation(workplace.root);
    const client = {
      region: 'us-east-1',
      endpoint: aws.emulator.endpoint,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    s3 = new S3Client({ ...client, forcePathStyle: true });
    cloudWatch = new CloudWatchClient(client);
    for (const Bucket of [STATES, DATA]) await s3.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    await aws?.emulator.close();
    await workplace?.remove();
    await rm(join(ROOT, 'dist', 'terraform', prefix), { recursive: true, force: true });
  });

  const variables = (changes: Record<string, string> = {}) => ({
    ...aws.environment,
    BATCH_NAME_PREFIX: prefix,
    BATCH_STATE_BUCKET: STATES,
    BATCH_BUCKET: DATA,
    ...changes,
  });
  const deploy = (changes?: Record<string, string>): RunningScript =>
    workplace.start('deploy.ts', ['--skip-image', '--yes'], variables(changes));
  const cleanup = (changes?: Record<string, string>): Promise<Outcome> =>
    workplace.run('cleanup.ts', ['--yes'], variables(changes));
  const printed = (script: RunningScript, pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      let shown = '';
      script.process.stdout?.on('data', (chunk) => {
        shown += chunk;
        if (pattern.test(shown)) resolve();
      });
      script.outcome.then(({ stdout, stderr }) => reject(new Error(`ended: ${stdout}${stderr}`)));
    });
  const alarms = async () => {
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `${prefix}-` }),
    );
    return MetricAlarms.map(({ AlarmName }) => AlarmName);
  };
  const stateObjects = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: STATES }));
    return Contents.map(({ Key }) => Key);
  };
  const resources = async (): Promise<unknown[]> => {
    const Key = `${prefix}/terraform.tfstate`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: STATES, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '').resources;
  };

  it('refuses, before it makes anything, to take over an alarm of somebody else', async () => {
    const AlarmName = `${prefix}-idle-instances`;
    const alarm = { AlarmName, Namespace: 'Mine', MetricName: 'Mine', Statistic: 'Sum' as const, Period: 60 };
    await cloudWatch.send(
      new PutMetricAlarmCommand({
        ...alarm,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
    const outcome = await deploy().outcome;
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(2);
    expect(outcome.stderr)
      .to.match(new RegExp(`nothing was changed. Found: .*idle_instances \\(${AlarmName}\\)`))
      .and.match(/another --name-prefix/);
    expect(await stateObjects()).to.deep.equal([]);
    const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
    expect(MetricAlarms?.[0]).to.include(alarm);
    await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
  });

  it('an interrupted deploy writes its state and releases its lock, though npm passes the signal on twice', async () => {
    const running = deploy();
    await printed(running, /aws_launch_template.workers: Creating/);
    running.process.kill('SIGINT');
    running.process.kill('SIGINT');
    const outcome = await running.outcome;
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(1);
    expect(outcome.stderr)
      .to.match(/Stopping: Terraform finishes/)
      .and.match(/lock released: run this again/);
    expect(outcome.stdout).not.to.match(/Two interrupts/);
    expect(await stateObjects()).to.deep.equal([`${prefix}/terraform.tfstate`]);
    expect(await resources()).not.to.deep.equal([]);
  });

  it('the next deploy goes on, and keeps a second one of the same checkout out', async () => {
    const running = deploy();
    await running.said(/Planning the changes/);
    // It stops as with Ctrl-Z, so that it does not end before the second one checks the lock.
    running.process.kill('SIGSTOP');
    const second = await deploy().outcome;
    running.process.kill('SIGCONT');
    expect(second.code, second.stdout + second.stderr).to.equal(2);
    expect(second.stderr).to.equal(
      `A deploy or cleanup of ${prefix} runs in this checkout already (it does not answer; Ctrl-Z may have suspended it): wait for its end.\n`,
    );
    const first = await running.outcome;
    expect(first.code, first.stdout + first.stderr).to.equal(0);
    expect(await alarms()).to.include(`${prefix}-idle-instances`);
  });

  it('a second checkout, whose state does not know the deployment, changes nothing; nor does its cleanup', async () => {
    const before = await alarms();
    const elsewhere = { BATCH_STATE_BUCKET: '' };
    const refused = await deploy(elsewhere).outcome;
    expect(refused.code, refused.stdout + refused.stderr).to.equal(2);
    expect(refused.stderr)
      .to.match(
        new RegExp(
          `There is a deployment ${prefix} in us-east-1 .*terraform.${prefix}.tfstate does not know`,
        ),
      )
      .and.match(/--state-bucket.*another --name-prefix/);
    const nothing = await cleanup(elsewhere);
    expect(nothing.code, nothing.stderr).to.equal(0);
    expect(nothing.stderr).to.match(/nothing to take down/);
    expect(await alarms()).to.deep.equal(before);
    expect(existsSync(join(ROOT, `terraform.${prefix}.tfstate`))).to.equal(false);
  });

  it('cleanup works when the bucket that the deployment used is gone, and goes on after SIGTERM', async () => {
    await s3.send(new DeleteBucketCommand({ Bucket: DATA }));
    const running = workplace.start('cleanup.ts', ['--yes'], variables());
    await printed(running, /Destroying\.\.\./);
    running.process.kill('SIGTERM');
    const stopped = await running.outcome;
    expect(stopped.code, stopped.stdout + stopped.stderr).to.equal(1);
    expect(await stateObjects()).to.deep.equal([`${prefix}/terraform.tfstate`]);
    const outcome = await cleanup();
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(0);
    expect(await resources()).to.deep.equal([]);
    expect(await alarms()).to.deep.equal([]);
  });
});

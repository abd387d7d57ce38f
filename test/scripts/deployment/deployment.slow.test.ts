/**
 * deploy, push, execute and cleanup from the outside, against an emulator of AWS. The tests run in order: each goes on from the one before.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoScalingClient, SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { emptyBucket, hasObjects } from '../../../scripts/deployment/bucket';
import { type Outcome, Workplace } from '../../support/script';
import { type AwsEmulation, cannotDeploy, startAwsEmulation } from './aws-emulation';
import { DockerStandIn } from './docker-stand-in';

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';
/** An address without a Docker engine, whether or not one runs on this machine. */
const NO_DOCKER = { DOCKER_HOST: 'unix:///dev/null' };

const UNATTENDED = {
  BATCH_NOTIFY_EMAIL: 'team@example.org',
  BATCH_SCHEDULES: JSON.stringify([
    {
      name: 'nightly',
      expression: 'cron(0 2 * * ? *)',
      timezone: 'Europe/Berlin',
      input: { worker_count: 2, prefix: 'data/' },
    },
  ]),
};

describe('deploy, push, execute and cleanup on AWS', () => {
  const prefix = `test-${randomBytes(4).toString('hex')}`;
  const bucket = `${prefix}-${ACCOUNT}-${REGION}`;
  const stateFile = join(ROOT, `terraform.${prefix}.tfstate`);
  let workplace: Workplace;
  let aws: AwsEmulation;
  let deployed = false;

  before(async function () {
    if (cannotDeploy('deploy, push, execute and cleanup')) this.skip();
    workplace = await Workplace.create();
    aws = await startAwsEmulation(workplace.root);
  });
  after(async () => {
    await aws?.emulator.close();
    await workplace?.remove();
    const made = [stateFile, `${stateFile}.backup`, join(ROOT, 'dist', 'terraform', prefix)];
    await Promise.all(made.map((path) => rm(path, { recursive: true, force: true })));
  });

  const settings = (environment: Record<string, string> = {}) => ({
    ...aws.environment,
    ...UNATTENDED,
    BATCH_NAME_PREFIX: prefix,
    ...environment,
  });
  const run = (script: string, args: string[], environment?: Record<string, string>): Promise<Outcome> =>
    workplace.run(script, args, settings(environment));
  /** For problems that a command finds before it changes anything. */
  const answer = (script: string, args: string[], environment?: Record<string, string>): Promise<Outcome> =>
    workplace.answer(script, args, settings(environment));
  const client = () => ({
    region: REGION,
    endpoint: aws.emulator.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const output = (name: string) => JSON.parse(readFileSync(stateFile, 'utf8')).outputs[name].value;
  const stateMachines = async () =>
    (await new SFNClient(client()).send(new ListStateMachinesCommand({}))).stateMachines ?? [];

  it('deploy names everything that is missing before it makes anything', async () => {
    const outcome = await run('deploy.ts', ['--yes'], {
      ...NO_DOCKER,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });
    expect(outcome.code, outcome.stderr).to.equal(2);
    expect(outcome.stderr)
      .to.match(/Docker/)
      .and.match(/--skip-image/);
    expect(outcome.stderr).to.match(/There are no AWS credentials .*aws sso login/);
    expect(existsSync(stateFile)).to.equal(false);
  });

  it('deploy names an instance type that no zone offers, and variables that would bypass its checks', async () => {
    const type = await answer('deploy.ts', [
      '--skip-image',
      '--yes',
      '--instance-type',
      'm6i.large,m6i.3xlarge',
    ]);
    expect(type.code).to.equal(2);
    expect(type.stderr).to.match(
      /us-east-1 does not offer the instance type m6i\.3xlarge: correct --instance-type/,
    );
    const workspace = await answer('deploy.ts', ['--skip-image', '--yes'], { TF_WORKSPACE: 'dev' });
    expect(workspace.code).to.equal(2);
    expect(workspace.stderr).to.match(/^TF_WORKSPACE is "dev": unset it .*\n$/);
    expect(await stateMachines()).to.deep.equal([]);
  });

  it('deploys without Docker when told to, and says which step remains', async () => {
    const outcome = await run(
      'deploy.ts',
      ['--skip-image', '--yes', '--max-workers', '7', '--alarm-email', 'oncall@example.org'],
      { ...NO_DOCKER, AWS_REGION: 'eu-west-1' },
    );
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(0);
    deployed = true;
    expect(outcome.stderr)
      .to.match(new RegExp(`Account +${ACCOUNT}`))
      .and.match(/Region +us-east-1, not AWS_REGION \(eu-west-1\): give --region/)
      .and.match(/Changes +\d+ to create\n/)
      .and.match(/up to 7 of m6i\.large/)
      .and.match(/Alarms +e-mail to oncall@example\.org\n/)
      .and.match(/Messages +e-mail to team@example\.org\n/)
      .and.match(/Schedule +nightly, cron\(0 2 \* \* \? \*\), Europe\/Berlin\n/)
      .and.match(/confirm the subscription that AWS has mailed to oncall@example\.org: until then alarms/)
      .and.match(
        /confirm the subscription that AWS has mailed to team@example\.org: until then nobody gets messages/,
      )
      .and.match(/npm run push/)
      .and.match(/"maxWorkers":7/);
    expect(output('max_workers')).to.equal(7);
    expect(await stateMachines()).to.have.length(1);
  });

  it('refuses to update a deployment from another region', async function () {
    if (!deployed) this.skip();
    const outcome = await answer('deploy.ts', ['--skip-image', '--yes', '--region', 'eu-west-1']);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(/is in us-east-1, not in eu-west-1/);
  });

  it('asks before it changes anything, shows a change of the bucket, and accepts only a bucket of its own account and region', async function () {
    if (!deployed) this.skip();
    const s3 = new S3Client(client());
    await s3.send(new CreateBucketCommand({ Bucket: 'another' }));
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
    await s3.send(new CreateBucketCommand({ Bucket: 'far-away', CreateBucketConfiguration }));
    // The emulator speaks HTTP, which the bucket's policy denies.
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
    const change = (name: string): [string, string[]] => ['deploy.ts', ['--skip-image', '--bucket', name]];
    const [shown, missing, elsewhere] = [
      await run(...change('another')),
      await answer(...change('none')),
      await answer(...change('far-away')),
    ];
    expect(shown.code).to.equal(2);
    expect(shown.stderr)
      .to.match(new RegExp(`Bucket +another, .* INSTEAD OF ${bucket}\\n`))
      .and.match(/to delete: .*aws_s3_bucket\.data/)
      .and.match(/Alarms +NOTIFY NOBODY: give --alarm-email <address>, or set alarmTopicArn\n/)
      .and.match(/add --yes/);
    expect(output('bucket_name')).to.equal(bucket);
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.match(/The bucket none does not exist: create it/);
    expect(elsewhere.code).to.equal(2);
    expect(elsewhere.stderr).to.match(/far-away is in eu-west-1, but the settings say us-east-1/);
  });

  it('push without Docker says so', async function () {
    if (!deployed) this.skip();
    const outcome = await answer('push.ts', [], NO_DOCKER);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(/Docker/);
  });

  it('execute checks that the image exists', async function () {
    if (!deployed) this.skip();
    const outcome = await answer('execute.ts', ['1', 'data/']);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(/image .* is not in its repository yet: run `npm run push`/);
  });

  it('push logs Docker in without showing the password, builds for the architecture, and pushes', async function () {
    if (!deployed) this.skip();
    const docker = await DockerStandIn.create(join(workplace.root, 'docker'));
    const outcome = await run('push.ts', [], docker.environment);
    expect(outcome.code, outcome.stderr).to.equal(0);
    const log = await docker.log();
    const uri: string = output('worker_image_uri');
    expect(log).to.match(/^login --username AWS --password-stdin \S+\.amazonaws\.com\n\S+\n/m);
    expect(log).to.include(
      `buildx build --platform linux/amd64 --provenance=false --tag ${uri} --push ${join(ROOT, 'dist', 'image')}`,
    );
  });

  it('push does nothing when the image exists', async function () {
    if (!deployed) this.skip();
    const [, imageTag] = output('worker_image_uri').split(':');
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: 1, digest: 'sha256:00' },
      layers: [],
    });
    const repositoryName = `${prefix}-worker`;
    await new ECRClient(client()).send(new PutImageCommand({ repositoryName, imageTag, imageManifest }));
    const outcome = await answer('push.ts', [], NO_DOCKER);
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(outcome.stderr).to.match(/The repository already has the image/);
  });

  it('execute checks that objects exist', async function () {
    if (!deployed) this.skip();
    const outcome = await answer('execute.ts', ['1', 'data/']);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(/No object has a key that starts with "data\/": s3:\/\/.* is empty/);
  });

  it('execute starts the execution, prints its ARN and console link, and ends', async function () {
    if (!deployed) this.skip();
    const s3 = new S3Client(client());
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'data/a.txt', Body: 'a' }));
    const outcome = await run('execute.ts', ['1', 'data/', '--name', 'first', '--json']);
    expect(outcome.code, outcome.stderr).to.equal(0);
    const { status, execution } = JSON.parse(outcome.stdout);
    expect(status).to.equal('RUNNING');
    expect(execution).to.match(/:execution:test-[0-9a-f]+:first$/);
    expect(outcome.stderr).to.include(`#/v2/executions/details/${execution}`);
  });

  it('deploy refuses a change that would delete the bucket with its objects, before it touches the bucket', async function () {
    if (!deployed) this.skip();
    const outcome = await run('deploy.ts', ['--skip-image', '--yes', '--bucket', 'another']);
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(2);
    expect(outcome.stderr).to.match(
      new RegExp(`delete the deployment's bucket ${bucket}, which has objects`),
    );
    const s3 = new S3Client(client());
    await s3.send(new GetPublicAccessBlockCommand({ Bucket: bucket }));
    expect(output('bucket_name')).to.equal(bucket);
  });

  it('finds a deployment whose state is in S3', async function () {
    if (!deployed) this.skip();
    const s3 = new S3Client(client());
    const states = { BATCH_STATE_BUCKET: 'terraform-states' };
    const none = await answer('push.ts', [], states);
    expect(none.code).to.equal(2);
    expect(none.stderr).to.match(/bucket terraform-states .* does not exist/);
    await s3.send(new CreateBucketCommand({ Bucket: 'terraform-states' }));
    const empty = await answer('push.ts', [], states);
    expect(empty.code).to.equal(2);
    expect(empty.stderr).to.match(/There is no deployment in the Terraform state/);
    const Key = `${prefix}/terraform.tfstate`;
    const Body = readFileSync(stateFile);
    await s3.send(new PutObjectCommand({ Bucket: 'terraform-states', Key, Body }));
    const found = await answer('push.ts', [], states);
    expect(found.code, found.stderr).to.equal(0);
    expect(found.stderr).to.match(/The repository already has the image/);
  });

  it('empties a bucket of all versions', async () => {
    const s3 = new S3Client(client());
    const Bucket = 'versions';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    for (const Key of ['a', 'a', 'b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
    let deleted = 0;
    await emptyBucket(s3, Bucket, (count) => {
      deleted = count;
    });
    expect(deleted).to.equal(4);
    expect(await hasObjects(s3, Bucket)).to.equal(false);
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(await hasObjects(s3, Bucket)).to.equal(false);
  });

  it('cleanup destroys nothing until the user says whether to keep the objects', async function () {
    if (!deployed) this.skip();
    const outcome = await answer('cleanup.ts', ['--yes']);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(
      new RegExp(`The bucket ${bucket} has objects, so nothing was taken down`),
    );
    expect(outcome.stderr).to.match(/--delete-data .*--keep-bucket/);
    expect(await stateMachines()).to.have.length(1);
  });

  it('cleanup asks, and requires --yes without a terminal', async function () {
    if (!deployed) this.skip();
    const outcome = await answer('cleanup.ts', ['--delete-data']);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr)
      .to.match(/WITH ALL OBJECTS IN IT/)
      .and.match(/1 execution, stopped first/)
      .and.match(/add --yes/);
    expect(await hasObjects(new S3Client(client()), bucket)).to.equal(true);
  });

  it('cleanup stops executions, ends instances, destroys the stack and keeps the bucket', async function () {
    if (!deployed) this.skip();
    const AutoScalingGroupName: string = output('auto_scaling_group_name');
    await new AutoScalingClient(client()).send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 2 }),
    );
    const outcome = await run('cleanup.ts', ['--keep-bucket', '--yes']);
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(0);
    expect(outcome.stderr)
      .to.match(/Scaling the fleet to zero/)
      .and.match(/What remains:\n +the bucket/);
    expect(await stateMachines()).to.deep.equal([]);
    await new S3Client(client()).send(new HeadBucketCommand({ Bucket: bucket }));
    expect(JSON.parse(readFileSync(stateFile, 'utf8')).resources).to.deep.equal([]);
  });

  it('has needed only rights that docs/deployer-policy.json gives', function () {
    if (!deployed) this.skip();
    const policy = readFileSync(join(ROOT, 'docs', 'deployer-policy.json'), 'utf8');
    const patterns: string[] = JSON.parse(policy).Statement.flatMap(
      ({ Action }: { Action: string | string[] }) => Action,
    );
    const allows = (action: string) =>
      patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action));
    const { actions } = aws.emulator;
    expect(actions).to.include('ecs:CreateCluster').and.include('states:ValidateStateMachineDefinition');
    expect([...actions].filter((action) => !allows(action))).to.deep.equal([]);
  });

  it('cleanup has nothing to do afterwards', async function () {
    if (!deployed) this.skip();
    const outcome = await answer('cleanup.ts', ['--yes']);
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(outcome.stderr).to.match(/nothing to take down/);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeLaunchTemplateVersionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
} from '@aws-sdk/client-ecs';
import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { commandOnPath, isMissing } from '../support/tools';
import { type Emulator, startEmulator } from './emulator';
import { MAIN } from './main';
import { type Arguments, EVERYTHING, type Synthesized, synthesize, workerContainer } from './synthesize';
import { type Ended, providerMirror, run, terraform, terraformEnvironment } from './terraform';

// The AWS SDK prints a warning on Node 20.

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The arguments that a second plan wants to change, since moto 5.2 accepts them but does not return them. */
const NOT_KEPT_BY_EMULATOR = {
  'aws_ecs_service.workers': ['availability_zone_rebalancing', 'enable_ecs_managed_tags'],
  'aws_lambda_function.notifier': ['logging_config'],
  'aws_lambda_function.provisioner': ['logging_config'],
  'aws_lambda_function.selector': ['logging_config'],
  // Moto adds the template's own tags to those of the instances that the template launches.
  'aws_launch_template.workers': ['default_version', 'latest_version', 'tag_specifications'],
};

describe('a deployment', () => {
  // The provider polls at its own pace: 50 s for a bucket's lifecycle rules alone.
  const mirror = providerMirror();
  const moto = commandOnPath('moto_server');
  let emulator: Emulator;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let stackFolder: string;
  let deployed: Ended;
  let outputs: Record<string, string>;
  let expected: Synthesized;

  before(async function () {
    const tools = { terraform: commandOnPath('terraform'), 'the AWS provider': mirror, moto_server: moto };
    if (isMissing('cdktf deploy', tools)) this.skip();
    expected = synthesize(EVERYTHING);
    emulator = await startEmulator(String(moto));
    folder = mkdtempSync(join(tmpdir(), 'batch-deploy-'));
    const cdktf = JSON.parse(readFileSync(join(ROOT, 'cdktf.json'), 'utf8'));
    cdktf.app = MAIN.join(' ');
    writeFileSync(join(folder, 'cdktf.json'), JSON.stringify(cdktf));
    env = {
      ...terraformEnvironment(String(mirror), folder),
      ...EVERYTHING,
      CI: '1',
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    stackFolder = join(folder, 'cdktf.out', 'stacks', 'batch-processor');
    deployed = await cdktfRun('deploy');
    expect(deployed.status, deployed.output.slice(-6000)).to.equal(0);
    const { output } = await terraform(stackFolder, env, 'output', '-json');
    outputs = Object.fromEntries(
      Object.entries(JSON.parse(output) as Record<string, { value: string }>).map(([name, { value }]) => [
        name,
        value,
      ]),
    );
  });

  after(async () => {
    await emulator?.close();
    expected?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  function cdktfRun(command: 'deploy' | 'destroy'): Promise<Ended> {
    const cli = join(ROOT, 'node_modules', '.bin', 'cdktf');
    // The lock step asks the registry for every platform's checksums, which a mirror does not have.
    const parameters = [cli, command, '--auto-approve', '--skip-provider-lock', '--no-color'];
    return run(process.execPath, parameters, { cwd: folder, env });
  }

  const options = () => ({ endpoint: emulator.endpoint, region: 'us-east-1', credentials: CREDENTIALS });

  it('has every resource in the state, under a readable address', async () => {
    const { output } = await terraform(stackFolder, env, 'state', 'list');
    const addresses = Object.entries(expected.resource).flatMap(([type, instances]) =>
      Object.keys(instances).map((name) => `${type}.${name}`),
    );
    const inState = output.split('\n').filter((line) => line && !line.startsWith('data.'));
    expect(inState).to.have.members(addresses);
    expect(inState).to.include.members(['aws_autoscaling_group.workers', 'aws_sfn_state_machine.workflow']);
  });

  it('has all outputs that people and scripts need', () => {
    expect(outputs).to.have.all.keys(Object.keys(expected.output));
    // Processors have no environment here.
    const { processor_environment_hash, ...others } = outputs;
    expect(processor_environment_hash).to.equal('');
    for (const [name, value] of Object.entries(others)) expect(value, name).not.to.equal('');
    expect(outputs.bucket_name).to.equal('batch-processor-123456789012-us-east-1');
    expect(outputs.state_machine_arn).to.match(
      /^arn:aws:states:us-east-1:123456789012:stateMachine:batch-processor$/,
    );
    expect(outputs.next_step).to.include('npm run push');
    expect(deployed.output).to.include('npm run push');
  });

  it('needs no change in a second plan, except arguments that the emulator does not keep', async () => {
    const plan = await terraform(stackFolder, env, 'plan', '-input=false', '-out=second.plan');
    expect(plan.status, plan.output).to.equal(0);
    const shown = await terraform(stackFolder, env, 'show', '-json', 'second.plan');
    const changes = JSON.parse(shown.output).resource_changes.filter(
      ({ change }: Arguments) => !['no-op', 'read'].includes(change.actions.join()),
    );
    const changed = Object.fromEntries(
      changes.map(({ address, change }: Arguments) => {
        expect(change.actions, address).to.deep.equal(['update']);
        return [address, differences(change)];
      }),
    );
    expect(changed).to.deep.equal(NOT_KEPT_BY_EMULATOR);
  });

  it('has an Auto Scaling group without instances', async () => {
    const client = new AutoScalingClient(options());
    const { AutoScalingGroups } = await client.send(
      new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: [outputs.auto_scaling_group_name ?? ''],
      }),
    );
    client.destroy();
    expect(AutoScalingGroups?.[0]).to.include({ MinSize: 0, DesiredCapacity: 0, MaxSize: 100 });
    expect(AutoScalingGroups?.[0]?.Instances).to.deep.equal([]);
  });

  it('has the capacity provider on the cluster, the DAEMON service, and the task with its image', async () => {
    const client = new ECSClient(options());
    const cluster = outputs.cluster_name ?? '';
    const { clusters } = await client.send(new DescribeClustersCommand({ clusters: [cluster] }));
    expect(clusters?.[0]?.capacityProviders).to.deep.equal([outputs.auto_scaling_group_name]);
    const { capacityProviders } = await client.send(
      new DescribeCapacityProvidersCommand({ capacityProviders: [outputs.auto_scaling_group_name ?? ''] }),
    );
    expect(capacityProviders?.[0]?.autoScalingGroupProvider?.managedScaling?.status).to.equal('DISABLED');
    const { services } = await client.send(
      new DescribeServicesCommand({ cluster, services: [outputs.service_name ?? ''] }),
    );
    expect(services?.[0]).to.include({ schedulingStrategy: 'DAEMON', launchType: 'EC2' });
    const { taskDefinition } = await client.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: services?.[0]?.taskDefinition }),
    );
    client.destroy();
    const container = taskDefinition?.containerDefinitions?.[0];
    expect(container?.image).to.equal(outputs.worker_image_uri);
    const environment = Object.fromEntries(
      container?.environment?.map(({ name, value }) => [name, value]) ?? [],
    );
    const synthesized = workerContainer(expected).environment.map(({ name, value }: Arguments) => [
      name,
      value,
    ]);
    expect(environment).to.deep.equal({
      ...Object.fromEntries(synthesized),
      ACTIVITY_ARN: outputs.activity_arn,
    });
  });

  it('has the state machine with the whole definition, references filled in', async () => {
    const client = new SFNClient(options());
    const { definition } = await client.send(
      new DescribeStateMachineCommand({ stateMachineArn: outputs.state_machine_arn }),
    );
    client.destroy();
    expect(definition).not.to.include('${');
    const { States } = JSON.parse(definition ?? '{}');
    expect(States.ProcessPrefix.ItemReader.Arguments.Bucket).to.equal(outputs.bucket_name);
    const task = States.ProcessPrefix.ItemProcessor.States.ProcessPrefixTask;
    expect(task.Resource).to.equal(outputs.activity_arn);
  });

  it('has the provisioner with the code that was bundled', async () => {
    const client = new LambdaClient(options());
    const configuration = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName: outputs.provisioner_function_name }),
    );
    client.destroy();
    const { source_code_hash } = expected.resource.aws_lambda_function?.provisioner ?? {};
    expect(configuration.CodeSha256).to.equal(source_code_hash);
    expect(configuration.Environment?.Variables).to.include({ STATE_MACHINE_ARN: outputs.state_machine_arn });
  });

  it("has instances' metadata and disks protected, and the roles' policies as written", async () => {
    const ec2 = new EC2Client(options());
    const { LaunchTemplateVersions } = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateName: 'batch-processor-workers',
        Versions: ['$Latest'],
      }),
    );
    ec2.destroy();
    const data = LaunchTemplateVersions?.[0]?.LaunchTemplateData;
    expect(data?.MetadataOptions).to.include({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
    expect(data?.BlockDeviceMappings?.[0]?.Ebs).to.include({ Encrypted: true, VolumeType: 'gp3' });
    const iam = new IAMClient(options());
    for (const [role, { name }] of Object.entries(expected.resource.aws_iam_role ?? {})) {
      const { PolicyDocument = '' } = await iam.send(
        new GetRolePolicyCommand({ RoleName: name, PolicyName: role }),
      );
      const made = decodeURIComponent(PolicyDocument);
      const written = JSON.parse(expected.resource.aws_iam_role_policy?.[role]?.policy);
      expect(made, role).not.to.include('${');
      expect(JSON.parse(made).Statement.map(withoutResource)).to.deep.equal(
        written.Statement.map(withoutResource),
      );
    }
    iam.destroy();
  });

  it('leaves nothing when it is destroyed', async () => {
    const { status, output } = await cdktfRun('destroy');
    expect(status, output.slice(-6000)).to.equal(0);
    const state = JSON.parse(readFileSync(join(folder, 'terraform.batch-processor.tfstate'), 'utf8'));
    expect(state.resources).to.deep.equal([]);

    const clients = {
      scaling: new AutoScalingClient(options()),
      ecs: new ECSClient(options()),
      lambda: new LambdaClient(options()),
      s3: new S3Client({ ...options(), forcePathStyle: true }),
      states: new SFNClient(options()),
    };
    const left = {
      groups: (await clients.scaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups,
      // ECS goes on describing a deleted cluster, as INACTIVE.
      clusters: (
        await clients.ecs.send(new DescribeClustersCommand({ clusters: [outputs.cluster_name ?? ''] }))
      ).clusters?.filter(({ status }) => status !== 'INACTIVE'),
      functions: (await clients.lambda.send(new ListFunctionsCommand({}))).Functions,
      buckets: (await clients.s3.send(new ListBucketsCommand({}))).Buckets ?? [],
      stateMachines: (await clients.states.send(new ListStateMachinesCommand({}))).stateMachines,
    };
    for (const client of Object.values(clients)) client.destroy();
    expect(left).to.deep.equal({ groups: [], clusters: [], functions: [], buckets: [], stateMachines: [] });
  });
});

/** Names of the arguments that a planned change would change. */
function differences({ before, after, after_unknown }: Arguments): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(after_unknown)]);
  return [...names]
    .filter(
      (name) => after_unknown[name] === true || JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    )
    .sort();
}

/** Resources are references until they are applied. */
function withoutResource({ Resource: _, Condition: __, ...rest }: Arguments): Arguments {
  return rest;
}

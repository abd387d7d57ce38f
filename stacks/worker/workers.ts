/** The worker as ECS runs it: task definition, and the DAEMON service that puts one on every instance. */
import type { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository';
import type { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster';
import { EcsService } from '@cdktf/provider-aws/lib/ecs-service';
import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition';
import type { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import { AssetType, TerraformAsset, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { RuntimeBundles } from '../../bundles';
import { WORKER_CONTAINER } from '../../runtime/worker-log';
import { logGroup } from '../core/log-group';
import type { Names } from '../core/names';
import type { Fleet } from '../fleet/fleet';
import type { Config } from '../settings/complete-config';
import { containerSecrets } from '../settings/secrets';
import type { Buckets } from '../storage/buckets';
import type { Storage } from '../storage/storage';
import { workerEnvironment } from './worker-environment';
import { WorkerRoles } from './worker-roles';

export interface WorkersProps {
  names: Names;
  config: Config;
  storage: Storage;
  buckets: Buckets;
  activity: SfnActivity;
  repository: EcrRepository;
  cluster: EcsCluster;
  fleet: Fleet;
  bundle: RuntimeBundles['worker'];
}

export class Workers extends Construct {
  readonly taskDefinition: EcsTaskDefinition;
  readonly service: EcsService;
  readonly logGroup: CloudwatchLogGroup;
  /** Repository and tag of the image that the task definition names. */
  readonly imageUri: string;
  /** The content of the image: a folder beside the synthesized stack. */
  readonly bundle: TerraformAsset;

  constructor(scope: Construct, id: string, props: WorkersProps) {
    super(scope, id);
    const { names, config, repository, cluster, fleet } = props;
    this.logGroup = logGroup(this, 'worker', names.logGroup('worker'), config.logRetentionDays);
    this.bundle = new TerraformAsset(TerraformStack.of(this), 'worker-bundle', {
      path: props.bundle.folder,
      type: AssetType.DIRECTORY,
    });
    this.imageUri = `${repository.repositoryUrl}:${props.bundle.imageTag(config.architecture)}`;
    const roles = new WorkerRoles(this, 'roles', { ...props, logGroup: this.logGroup });

    this.taskDefinition = new EcsTaskDefinition(this, 'task-definition', {
      family: names.worker,
      // Host networking would reach the instance's metadata, awsvpc gets no public address in the default VPC.
      networkMode: 'bridge',
      taskRoleArn: roles.task.arn,
      executionRoleArn: roles.execution.arn,
      containerDefinitions: JSON.stringify([this.container(props)]),
      volume: [{ name: SCRATCH }],
      dependsOn: roles.policies,
    });
    this.taskDefinition.overrideLogicalId('worker');

    this.service = new EcsService(this, 'service', {
      name: names.service,
      cluster: cluster.id,
      taskDefinition: this.taskDefinition.arn,
      launchType: 'EC2',
      schedulingStrategy: 'DAEMON',
      // A DAEMON service replaces a worker by stopping it first.
      deploymentMaximumPercent: 100,
      deploymentMinimumHealthyPercent: 0,
      // ECS enables it for new services, and it would stop workers that work.
      availabilityZoneRebalancing: 'DISABLED',
      // A service is not deleted while its tasks run, unless forced.
      forceDelete: true,
      enableEcsManagedTags: true,
      propagateTags: 'SERVICE',
      dependsOn: [fleet.clusterCapacityProviders],
    });
    this.service.overrideLogicalId('workers');
  }

  private container({ names, config, buckets, activity }: WorkersProps): object {
    const environment = {
      // ECS's agent on EC2 sets it only since version 1.104.
      AWS_REGION: names.region,
      ACTIVITY_ARN: activity.id,
      BUCKET_ACCESSES: JSON.stringify(buckets.accesses),
      ...workerEnvironment(config),
    };
    const secrets = containerSecrets(config.secrets);
    return {
      name: WORKER_CONTAINER,
      image: this.imageUri,
      command: ['node', 'main.js'],
      essential: true,
      // A reservation that every instance type can give, and no limit above it: the worker is alone on its instance
      // and may use all of it.
      cpu: 0,
      memoryReservation: 256,
      environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      ...(secrets.length > 0 && { secrets }),
      stopTimeout: config.stopTimeoutSeconds,
      user: '1000:1000',
      readonlyRootFilesystem: true,
      mountPoints: [{ sourceVolume: SCRATCH, containerPath: '/tmp', readOnly: false }],
      dockerSecurityOptions: ['no-new-privileges'],
      // ECS stores the empty list, too: without it, each deployment would replace the task definition, and so every worker.
      linuxParameters: { initProcessEnabled: true, capabilities: { add: [], drop: ['ALL'] } },
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': this.logGroup.name,
          'awslogs-region': names.region,
          'awslogs-stream-prefix': WORKER_CONTAINER,
          // CloudWatch Logs being slow must not hold up the work.
          mode: 'non-blocking',
          'max-buffer-size': '25m',
        },
      },
    };
  }
}

/** The one place a worker may write to: on the instance's disk, gone with the task. */
const SCRATCH = 'scratch';

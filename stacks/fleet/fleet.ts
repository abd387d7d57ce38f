/** The instances: launch template, Auto Scaling group, and the capacity provider that ties the group to the cluster. */
import { AutoscalingGroup, type AutoscalingGroupConfig } from '@cdktf/provider-aws/lib/autoscaling-group';
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter';
import { EcsCapacityProvider } from '@cdktf/provider-aws/lib/ecs-capacity-provider';
import type { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster';
import { EcsClusterCapacityProviders } from '@cdktf/provider-aws/lib/ecs-cluster-capacity-providers';
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { Construct } from 'constructs';
import type { Names } from '../core/names';
import type { Config } from '../settings/complete-config';
import { InstanceRole } from './instance-role';
import type { Network } from './network';

export interface FleetProps {
  names: Names;
  config: Config;
  network: Network;
  cluster: EcsCluster;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html */
const MACHINE_IMAGE = {
  x86_64: '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id',
  arm64: '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id',
};

export class Fleet extends Construct {
  readonly autoScalingGroup: AutoscalingGroup;
  readonly clusterCapacityProviders: EcsClusterCapacityProviders;

  constructor(scope: Construct, id: string, props: FleetProps) {
    super(scope, id);
    const { names, cluster } = props;
    this.autoScalingGroup = this.createGroup(props, this.createLaunchTemplate(props));
    const capacityProvider = new EcsCapacityProvider(this, 'capacity-provider', {
      name: names.autoScalingGroup,
      autoScalingGroupProvider: {
        autoScalingGroupArn: this.autoScalingGroup.arn,
        // The provisioner sets the exact size; ECS's part is to drain an instance before it goes.
        managedScaling: { status: 'DISABLED' },
        managedDraining: 'ENABLED',
        managedTerminationProtection: 'DISABLED',
      },
      // In an account that is new to ECS, the first cluster makes the role that this needs.
      dependsOn: [cluster],
    });
    capacityProvider.overrideLogicalId('workers');
    this.clusterCapacityProviders = new EcsClusterCapacityProviders(this, 'cluster-capacity-providers', {
      clusterName: cluster.name,
      capacityProviders: [capacityProvider.name],
    });
    this.clusterCapacityProviders.overrideLogicalId('workers');
  }

  private createLaunchTemplate({ names, config, network }: FleetProps): LaunchTemplate {
    const instanceRole = new InstanceRole(this, 'instance-role', { names });
    const profile = new IamInstanceProfile(this, 'instance-profile', {
      name: names.role('instance'),
      role: instanceRole.role.role.name,
    });
    profile.overrideLogicalId('instance');
    const image = new DataAwsSsmParameter(this, 'machine-image', {
      name: MACHINE_IMAGE[config.architecture],
    });
    image.overrideLogicalId('machine_image');
    const tags = { Name: names.worker, ...this.tags(names, config) };
    const template = new LaunchTemplate(this, 'launch-template', {
      name: `${names.prefix}-workers`,
      description: 'One worker an instance',
      imageId: image.insecureValue,
      instanceType: config.instanceTypes[0],
      updateDefaultVersion: true,
      iamInstanceProfile: { arn: profile.arn },
      // One hop reaches the instance but not a container on its bridge: only the ECS agent gets the instance's role.
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      networkInterfaces: [
        {
          deviceIndex: 0,
          associatePublicIpAddress: String(config.assignPublicIp),
          deleteOnTermination: 'true',
          securityGroups: network.securityGroupIds,
        },
      ],
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: {
            volumeType: 'gp3',
            volumeSize: config.diskGiB,
            encrypted: 'true',
            deleteOnTermination: 'true',
          },
        },
      ],
      monitoring: { enabled: false },
      userData: Buffer.from(userData(names, config)).toString('base64'),
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
        resourceType,
        tags,
      })),
      dependsOn: [instanceRole.role.policy],
    });
    template.overrideLogicalId('workers');
    return template;
  }

  private createGroup({ names, config, network }: FleetProps, template: LaunchTemplate): AutoscalingGroup {
    const group = new AutoscalingGroup(this, 'group', {
      name: names.autoScalingGroup,
      minSize: 0,
      maxSize: config.maxWorkers,
      desiredCapacity: 0,
      vpcZoneIdentifier: network.subnetIds,
      ...launch(config, template),
      healthCheckType: 'EC2',
      // A rebalance between zones would end instances that work.
      suspendedProcesses: ['AZRebalance'],
      enabledMetrics: ['GroupDesiredCapacity', 'GroupInServiceInstances'],
      metricsGranularity: '1Minute',
      waitForCapacityTimeout: '0',
      tag: Object.entries({
        Name: names.worker,
        // ECS puts this tag on the group of a capacity provider; without it here, every plan would take it off again.
        AmazonECSManaged: 'true',
        ...this.tags(names, config),
      }).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
      // The provisioner owns the size of the group.
      lifecycle: { ignoreChanges: ['desired_capacity'] },
    });
    group.overrideLogicalId('workers');
    return group;
  }

  /** Instances that an Auto Scaling group launches do not get the provider's default tags. */
  private tags(names: Names, config: Config): Record<string, string> {
    return { Project: names.prefix, ...config.tags };
  }
}

/** One on-demand type is launched as it is; Spot, or a choice of types, takes a mixed instances policy. */
function launch(
  config: Config,
  template: LaunchTemplate,
): Pick<AutoscalingGroupConfig, 'launchTemplate' | 'mixedInstancesPolicy'> {
  const latest = { version: '$Latest' };
  if (!config.spot && config.instanceTypes.length === 1) {
    return { launchTemplate: { id: template.id, ...latest } };
  }
  return {
    mixedInstancesPolicy: {
      instancesDistribution: {
        onDemandBaseCapacity: 0,
        onDemandPercentageAboveBaseCapacity: config.spot ? 0 : 100,
        onDemandAllocationStrategy: 'prioritized',
        spotAllocationStrategy: 'price-capacity-optimized',
      },
      launchTemplate: {
        launchTemplateSpecification: { launchTemplateId: template.id, ...latest },
        override: config.instanceTypes.map((instanceType) => ({ instanceType })),
      },
    },
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html */
function userData(names: Names, config: Config): string {
  const agent = {
    ECS_CLUSTER: names.cluster,
    ECS_ENABLE_SPOT_INSTANCE_DRAINING: 'true',
    ECS_CONTAINER_STOP_TIMEOUT: `${config.stopTimeoutSeconds}s`,
    // Tags are immutable, so an image that is there is the right one.
    ECS_IMAGE_PULL_BEHAVIOR: 'prefer-cached',
    ECS_DISABLE_PRIVILEGED: 'true',
    // ECS places containers with `dockerSecurityOptions` only if the agent reports this.
    ECS_SELINUX_CAPABLE: 'true',
  };
  const lines = Object.entries(agent).map(([name, value]) => `${name}=${value}`);
  return ['#!/bin/bash', "cat >>/etc/ecs/ecs.config <<'EOF'", ...lines, 'EOF', ''].join('\n');
}

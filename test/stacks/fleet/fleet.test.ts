import { expect } from 'chai';
import { type Applied, type Arguments, apply, attributesOf, resourceOf } from '../synthesize';

const TEMPLATE = 'aws_launch_template.workers';
const GROUP = 'aws_autoscaling_group.workers';

/** The ECS agent's configuration as the instances' user data writes it. */
function agentOf(stack: Applied): Record<string, string> {
  const script = Buffer.from(attributesOf(stack, TEMPLATE).user_data, 'base64').toString();
  const [, lines = ''] =
    /^#!\/bin\/bash\ncat >>\/etc\/ecs\/ecs\.config <<'EOF'\n(.*)\nEOF\n$/s.exec(script) ?? [];
  return Object.fromEntries(lines.split('\n').map((line) => line.split('=')));
}

describe('the launch template', () => {
  let stack: Applied;
  let template: Arguments;
  before(() => {
    stack = apply();
    template = attributesOf(stack, TEMPLATE);
  });

  it('starts the image that ECS recommends for the architecture', () => {
    const image = attributesOf(stack, 'aws_ssm_parameter.machine_image');
    expect(image.name).to.equal('/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id');
    expect(template).to.include({ image_id: image.insecure_value, instance_type: 'm6i.large' });
    const arm = apply({ BATCH_ARCHITECTURE: 'arm64' });
    expect(attributesOf(arm, 'aws_ssm_parameter.machine_image').name).to.equal(
      '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id',
    );
    expect(attributesOf(arm, TEMPLATE).instance_type).to.equal('m6g.large');
  });

  it("gives the instance the agent's role, once the role has its rights", () => {
    const profile = attributesOf(stack, 'aws_iam_instance_profile.instance');
    expect(template.iam_instance_profile).to.deep.equal({ arn: profile.arn });
    expect(profile.role).to.equal(attributesOf(stack, 'aws_iam_role.instance').name);
    expect(resourceOf(stack, 'aws_launch_template.workers').depends_on).to.deep.equal([
      'aws_iam_role_policy.instance',
    ]);
  });

  it('keeps the metadata from containers: requests need a token, which does not reach further than the instance', () => {
    expect(template.metadata_options).to.deep.equal({
      http_endpoint: 'enabled',
      http_tokens: 'required',
      http_put_response_hop_limit: 1,
    });
  });

  it('gives the instance a public address, since there is no NAT gateway, and lets nobody log in', () => {
    const [card, ...others] = template.network_interfaces;
    expect(others).to.deep.equal([]);
    expect(card).to.include({
      device_index: 0,
      associate_public_ip_address: 'true',
      delete_on_termination: 'true',
    });
    expect(template).not.to.have.property('key_name');
  });

  it('gives the instance one encrypted disk, which is deleted with it', () => {
    const disk = { volume_type: 'gp3', encrypted: 'true', delete_on_termination: 'true' };
    expect(template.block_device_mappings).to.deep.equal([
      { device_name: '/dev/xvda', ebs: { ...disk, volume_size: 30 } },
    ]);
    const larger = attributesOf(apply({ BATCH_DISK_GIB: '200' }), TEMPLATE);
    expect(larger.block_device_mappings[0].ebs.volume_size).to.equal(200);
  });

  it('has no detailed monitoring, which is billed', () => {
    expect(template.monitoring).to.deep.equal({ enabled: false });
  });

  it('is used by new instances as soon as it changes', () => {
    expect(template.update_default_version).to.equal(true);
    expect(attributesOf(stack, GROUP).launch_template).to.deep.equal({ id: template.id, version: '$Latest' });
  });

  it('tags all resources of an instance: those that a group launches do not get the default tags of the provider', () => {
    const tagged = attributesOf(apply({ BATCH_TAGS: '{"team":"data"}' }), TEMPLATE).tag_specifications;
    const tags = { Name: 'batch-processor-worker', Project: 'batch-processor', team: 'data' };
    expect(tagged).to.deep.equal(
      ['instance', 'volume', 'network-interface'].map((resource_type) => ({ resource_type, tags })),
    );
  });

  it('has the agent join the cluster, drain at a Spot interruption, and wait for a worker to stop', () => {
    expect(agentOf(stack)).to.include({
      ECS_CLUSTER: attributesOf(stack, 'aws_ecs_cluster.workers').name,
      ECS_ENABLE_SPOT_INSTANCE_DRAINING: 'true',
      ECS_CONTAINER_STOP_TIMEOUT: '110s',
    });
    expect(agentOf(apply({ BATCH_STOP_TIMEOUT_SECONDS: '60' })).ECS_CONTAINER_STOP_TIMEOUT).to.equal('60s');
  });

  it('has the agent use an image that is cached, run nothing privileged, and allow security options', () => {
    expect(agentOf(stack)).to.include({
      ECS_IMAGE_PULL_BEHAVIOR: 'prefer-cached',
      ECS_DISABLE_PRIVILEGED: 'true',
      ECS_SELINUX_CAPABLE: 'true',
    });
  });
});

describe('the Auto Scaling group', () => {
  let stack: Applied;
  let group: Arguments;
  before(() => {
    stack = apply();
    group = attributesOf(stack, GROUP);
  });

  it('starts without instances, has room for every worker, and leaves its size to the provisioner', () => {
    expect(group).to.include({ min_size: 0, desired_capacity: 0, max_size: 100 });
    expect(attributesOf(apply({ BATCH_MAX_WORKERS: '7' }), GROUP).max_size).to.equal(7);
    expect(resourceOf(stack, 'aws_autoscaling_group.workers').lifecycle).to.deep.equal({
      ignore_changes: ['desired_capacity'],
    });
  });

  it('does not terminate instances that work, neither to balance zones nor by the health that ECS reports', () => {
    expect(group.suspended_processes).to.deep.equal(['AZRebalance']);
    expect(group.health_check_type).to.equal('EC2');
  });

  it('reports the metrics of dashboard and alarms, by the minute', () => {
    expect(group.enabled_metrics).to.have.members(['GroupDesiredCapacity', 'GroupInServiceInstances']);
    expect(group.metrics_granularity).to.equal('1Minute');
  });

  it('makes no deployment wait for instances', () => {
    expect(group.wait_for_capacity_timeout).to.equal('0');
  });

  it('passes its tags on to instances, and has the tag that ECS would add', () => {
    const { tag } = attributesOf(apply({ BATCH_TAGS: '{"team":"data"}' }), GROUP);
    const expected = {
      Name: 'batch-processor-worker',
      AmazonECSManaged: 'true',
      Project: 'batch-processor',
      team: 'data',
    };
    expect(tag).to.have.deep.members(
      Object.entries(expected).map(([key, value]) => ({ key, value, propagate_at_launch: true })),
    );
  });

  it('launches one on-demand type directly, and uses a mixed instances policy for more', () => {
    expect(group).not.to.have.property('mixed_instances_policy');
    for (const [environment, spot, types] of [
      [{ BATCH_SPOT: 'true' }, true, ['m6i.large']],
      [{ BATCH_INSTANCE_TYPES: 'm6i.large,m5.large' }, false, ['m6i.large', 'm5.large']],
      [{ BATCH_SPOT: 'true', BATCH_INSTANCE_TYPES: 'm5.large,m6i.large' }, true, ['m5.large', 'm6i.large']],
    ] as const) {
      const mixed = apply(environment);
      const { mixed_instances_policy: policy, launch_template } = attributesOf(mixed, GROUP);
      expect(launch_template).to.equal(undefined);
      expect(policy).to.deep.equal({
        instances_distribution: {
          on_demand_base_capacity: 0,
          on_demand_percentage_above_base_capacity: spot ? 0 : 100,
          // The order of the types is that of preference; Spot prefers the least likely interruption.
          on_demand_allocation_strategy: 'prioritized',
          spot_allocation_strategy: 'price-capacity-optimized',
        },
        launch_template: {
          launch_template_specification: {
            launch_template_id: attributesOf(mixed, TEMPLATE).id,
            version: '$Latest',
          },
          override: types.map((instance_type) => ({ instance_type })),
        },
      });
    }
  });
});

describe('the cluster', () => {
  let stack: Applied;
  before(() => {
    stack = apply();
  });

  it('has no Container Insights, which is billed by the metric', () => {
    expect(attributesOf(stack, 'aws_ecs_cluster.workers').setting).to.deep.equal([
      { name: 'containerInsights', value: 'disabled' },
    ]);
  });

  it('drains instances that leave the group, and does not scale it', () => {
    const provider = attributesOf(stack, 'aws_ecs_capacity_provider.workers');
    expect(provider.auto_scaling_group_provider).to.deep.equal({
      auto_scaling_group_arn: attributesOf(stack, GROUP).arn,
      managed_scaling: { status: 'DISABLED' },
      managed_draining: 'ENABLED',
      managed_termination_protection: 'DISABLED',
    });
    expect(attributesOf(stack, 'aws_ecs_cluster_capacity_providers.workers')).to.deep.include({
      cluster_name: attributesOf(stack, 'aws_ecs_cluster.workers').name,
      capacity_providers: [provider.name],
    });
  });

  it('is created before its capacity provider: the first cluster of an account makes the role for it', () => {
    expect(resourceOf(stack, 'aws_ecs_capacity_provider.workers').depends_on).to.deep.equal([
      'aws_ecs_cluster.workers',
    ]);
  });
});

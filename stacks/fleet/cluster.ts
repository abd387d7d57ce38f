/** The ECS cluster. fleet.ts makes its capacity provider, together with the group. */
import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster';
import { Construct } from 'constructs';
import type { Names } from '../core/names';

export interface ClusterProps {
  names: Names;
}

export class Cluster extends Construct {
  readonly cluster: EcsCluster;

  constructor(scope: Construct, id: string, { names }: ClusterProps) {
    super(scope, id);
    this.cluster = new EcsCluster(this, 'cluster', {
      name: names.cluster,
      // Container Insights is billed by the metric; the workers publish their own.
      setting: [{ name: 'containerInsights', value: 'disabled' }],
    });
    this.cluster.overrideLogicalId('workers');
  }
}

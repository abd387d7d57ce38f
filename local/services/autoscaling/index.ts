/** Amazon EC2 Auto Scaling: the stack's groups. */
import type { Core, LocalService } from '../../core/local-service';
import type { Attributes } from '../../core/stack/stack';
import { AutoScalingGroup, type InstanceAgent } from './auto-scaling-group';
import { autoScalingService } from './operations';

export interface AutoScalingOptions {
  /** Seconds from an instance's launch to InService. Default 0. */
  bootSeconds?: number;
}

export interface AutoScaling {
  /** By name. */
  groups: ReadonlyMap<string, AutoScalingGroup>;
  /** The instances in service, for Spot to interrupt. */
  inService(): { interrupt(): void }[];
}

export function createAutoScaling(
  { stack, faults }: Pick<Core, 'stack' | 'faults'>,
  agent: InstanceAgent,
  { bootSeconds = 0 }: AutoScalingOptions,
): LocalService & AutoScaling {
  const templates = stack.resources('aws_launch_template').map(({ attributes }) => attributes);
  const groups = new Map<string, AutoScalingGroup>();
  for (const { attributes } of stack.resources('aws_autoscaling_group')) {
    const group = new AutoScalingGroup({
      accountAndRegion: stack.accountAndRegion,
      attributes,
      launchTemplate: templates.find(({ id }) => id === launchTemplateId(attributes)) ?? {},
      bootSeconds,
      agent,
      launchFailure: (type) => faults.failureOf('instances', type),
    });
    groups.set(group.name, group);
  }
  return {
    groups,
    inService: () =>
      [...groups.values()].flatMap((group) =>
        [...group.instances.values()]
          .filter(({ lifecycleState }) => lifecycleState === 'InService')
          .map((instance) => ({ interrupt: () => void group.interrupt(instance) })),
      ),
    service: autoScalingService(groups),
    fixed: ['aws_autoscaling_group'],
    start() {
      const cause = 'a user request created an AutoScalingGroup changing the desired capacity';
      for (const group of groups.values()) group.reconcile(cause);
    },
    close() {
      for (const group of groups.values()) group.close();
    },
  };
}

function launchTemplateId({ launch_template, mixed_instances_policy }: Attributes): string | undefined {
  const mixed = first(first(mixed_instances_policy)?.launch_template);
  return first(launch_template)?.id ?? first(mixed?.launch_template_specification)?.launch_template_id;
}

/** A block of the stack that may stand alone or in a list. */
function first(block: Attributes | Attributes[] | undefined): Attributes | undefined {
  return Array.isArray(block) ? block[0] : block;
}

/** The instances that the group terminates, and since when: ECS drains them first, and EC2 ends them then. */
import {
  type AutoScalingClient,
  type Instance,
  paginateDescribeScalingActivities,
} from '@aws-sdk/client-auto-scaling';

/** An instance that is to end. */
export interface EndingInstance {
  instanceId: string;
  since: Date;
  /** `terminating`: the group ends it. `draining`: ECS gives it no task, but the group keeps it. */
  state: 'terminating' | 'draining';
}

/** EC2 takes minutes to end an instance. */
const TERMINATION_SECONDS = 15 * 60;

/** Whether an instance takes longer to end than it may: its worker stops first, and then the instance does. */
export function isOverdue(since: Date, stopTimeoutSeconds: number, now: Date): boolean {
  return (now.getTime() - since.getTime()) / 1000 >= stopTimeoutSeconds + TERMINATION_SECONDS;
}

/** Those of `instances` that the group terminates, the first to go first. */
export async function readTerminating(
  autoScaling: AutoScalingClient,
  groupName: string,
  instances: readonly Instance[],
): Promise<EndingInstance[]> {
  // Terminating, Terminating:Wait, Terminating:Proceed
  const ids = instances.flatMap(({ InstanceId, LifecycleState }) =>
    InstanceId && LifecycleState?.startsWith('Terminating') ? [InstanceId] : [],
  );
  const starts = await readStarts(autoScaling, groupName, new Set(ids));
  return ids
    .map((instanceId) => ({
      instanceId,
      since: starts.get(instanceId) ?? new Date(),
      state: 'terminating' as const,
    }))
    .sort((a, b) => a.since.getTime() - b.since.getTime());
}

/**
 * When the group began to terminate each instance; one whose activity is not described yet has only just begun. Activities in progress
 * come first: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html
 */
async function readStarts(
  client: AutoScalingClient,
  AutoScalingGroupName: string,
  instanceIds: ReadonlySet<string>,
): Promise<Map<string, Date>> {
  const starts = new Map<string, Date>();
  if (instanceIds.size === 0) return starts;
  const pages = paginateDescribeScalingActivities({ client, pageSize: 100 }, { AutoScalingGroupName });
  for await (const { Activities = [] } of pages) {
    for (const { Description, StartTime } of Activities) {
      const [, instanceId = ''] = /^Terminating EC2 instance: (i-\w+)/.exec(Description ?? '') ?? [];
      if (StartTime && instanceIds.has(instanceId)) starts.set(instanceId, StartTime);
    }
    if (starts.size === instanceIds.size) break;
  }
  return starts;
}

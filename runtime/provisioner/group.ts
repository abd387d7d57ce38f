/** The Auto Scaling group: its size is the number of workers. */
import {
  type Activity,
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';

export interface Group {
  desired: number;
  maximum: number;
  /** Instances in service. */
  inService: number;
}

/** Undefined if there is no such group. */
export async function describeGroup(
  autoScaling: AutoScalingClient,
  name: string,
): Promise<AutoScalingGroup | undefined> {
  const answer = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  return answer.AutoScalingGroups?.[0];
}

export async function readGroup(autoScaling: AutoScalingClient, name: string): Promise<Group> {
  const group = await describeGroup(autoScaling, name);
  if (!group) throw new Error(`There is no Auto Scaling group ${name}`);
  return {
    desired: group.DesiredCapacity ?? 0,
    maximum: group.MaxSize ?? 0,
    inService: (group.Instances ?? []).filter((instance) => instance.LifecycleState === 'InService').length,
  };
}

export async function resizeGroup(
  autoScaling: AutoScalingClient,
  name: string,
  desired: number,
): Promise<void> {
  await autoScaling.send(
    new SetDesiredCapacityCommand({
      AutoScalingGroupName: name,
      DesiredCapacity: desired,
      HonorCooldown: false,
    }),
  );
}

/** Why the group's latest attempt to launch instances failed; empty if it did not. */
export async function readLaunchFailure(autoScaling: AutoScalingClient, name: string): Promise<string> {
  const { Activities = [] } = await autoScaling.send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name, MaxRecords: 100 }),
  );
  return launchFailure(Activities);
}

/** In the group's own words: no capacity, account quota, … `activities`: the latest first. */
export function launchFailure(activities: readonly Activity[]): string {
  const latest = activities.find(
    ({ Description, StatusCode }) =>
      Description?.startsWith('Launching') && (StatusCode === 'Failed' || StatusCode === 'Successful'),
  );
  return latest?.StatusCode === 'Failed' ? (latest.StatusMessage ?? latest.Description ?? '') : '';
}

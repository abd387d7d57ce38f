/** The Auto Scaling group of the workers: taken to zero before the stack is. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import type { Progress } from '../cli/progress';

const POLL_MILLISECONDS = 3_000;
/** Draining takes up to the worker's stop timeout (2 minutes), an instance's shutdown as long again. */
const DEADLINE_SECONDS = 15 * 60;

/**
 * Sets the desired capacity to zero and waits until the instances are gone: a capacity provider cannot be deleted while
 * its group has some. Throws an Error after 15 minutes.
 */
export async function scaleToZero(
  autoScaling: AutoScalingClient,
  groupName: string,
  progress: Progress,
): Promise<void> {
  const start = Date.now();
  for (;;) {
    const { AutoScalingGroups } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [groupName] }),
    );
    const group = AutoScalingGroups?.[0];
    const instances = group?.Instances?.length ?? 0;
    if (!group || (group.DesiredCapacity === 0 && instances === 0)) return;
    if (group.DesiredCapacity !== 0) {
      await autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: groupName, DesiredCapacity: 0 }),
      );
      continue;
    }
    const seconds = Math.round((Date.now() - start) / 1000);
    if (seconds > DEADLINE_SECONDS) {
      throw new Error(
        `${instances} instances of ${groupName} are still there after ${seconds} s: read the group's activity in the EC2 console, terminate them there, and run this again.`,
      );
    }
    progress.update(`Waiting for ${instances} instances to drain and terminate (${seconds} s)`);
    await delay(POLL_MILLISECONDS);
  }
}

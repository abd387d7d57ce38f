/** The Auto Scaling group of the workers: scaled to zero before the stack is destroyed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { describeGroup, resizeGroup } from '../../../runtime/provisioner/group';
import { type EndingInstance, isOverdue, readTerminating } from '../../../runtime/provisioner/terminating';
import type { Progress } from '../../cli/progress';

const POLL_MILLISECONDS = 3_000;
const SHOWN = 3;
/** With managed draining, ECS gives the group this hook. */
const HOOK = 'ecs-managed-draining-termination-hook';

export interface ScaleToZeroOptions {
  autoScaling: AutoScalingClient;
  groupName: string;
  /** Seconds between SIGTERM and SIGKILL of a worker. */
  stopTimeoutSeconds: number;
  progress: Pick<Progress, 'update'>;
}

/**
 * Sets the desired capacity to zero and waits until the instances are gone: a capacity provider cannot be deleted while its group has
 * some. Says for which it waits. When one takes longer than it may, throws an Error that names it and how to end it.
 */
export async function scaleToZero({
  autoScaling,
  groupName,
  stopTimeoutSeconds,
  progress,
}: ScaleToZeroOptions): Promise<void> {
  const startedAt = new Date();
  for (;;) {
    const group = await describeGroup(autoScaling, groupName);
    const instances = group?.Instances ?? [];
    if (!group || (group.DesiredCapacity === 0 && instances.length === 0)) return;
    if (group.DesiredCapacity !== 0) {
      await resizeGroup(autoScaling, groupName, 0);
      continue;
    }
    const ending = await readTerminating(autoScaling, groupName, instances);
    const since = [startedAt, ...ending.map((instance) => instance.since)];
    if (since.some((each) => isOverdue(each, stopTimeoutSeconds, new Date()))) {
      throw new Error(overdue(instances.length, ending, groupName));
    }
    progress.update(`Waiting for ${name(instances.length, ending)} to drain and terminate`);
    await delay(POLL_MILLISECONDS);
  }
}

function overdue(count: number, ending: EndingInstance[], groupName: string): string {
  const id = ending[0]?.instanceId ?? '<instance>';
  const command = `aws autoscaling complete-lifecycle-action --auto-scaling-group-name ${groupName} --lifecycle-hook-name ${HOOK} --lifecycle-action-result CONTINUE --instance-id ${id}`;
  return `${name(count, ending)} of ${groupName} should have ended. End each with \`${command}\`, and run this again; "stuck-instances" in docs/operations.md says more.`;
}

/** `2 instances (i-0a since 2026-11-26T10:00:00Z, i-0b since 2026-11-26T10:00:03Z)` */
function name(count: number, ending: EndingInstance[]): string {
  const shown = ending
    .slice(0, SHOWN)
    .map(({ instanceId, since }) => `${instanceId} since ${since.toISOString().slice(0, 19)}Z`);
  if (ending.length > SHOWN) shown.push(`${ending.length - SHOWN} more`);
  const which = shown.length > 0 ? ` (${shown.join(', ')})` : '';
  return `${count} ${count === 1 ? 'instance' : 'instances'}${which}`;
}

/** Takes a deployment down, in the order that AWS requires: executions, workers, objects, the rest. */

import { join } from 'node:path';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { ROOT } from '../../../root';
import { synthesizeEmptyStack } from '../../../stacks/provider';
import { stateFile } from '../../../stacks/state-location';
import type { Progress } from '../../cli/progress';
import { awsConfig } from '../account/aws';
import { emptyBucket } from '../bucket';
import { Terraform } from '../terraform/terraform';
import { makeWorkFolder } from '../terraform/work-folder';
import { scaleToZero } from './fleet';
import type { Deployed } from './inspect';

/** Whether to keep or delete the bucket that the stack made, with all objects in it. */
export interface BucketOptions {
  deleteData?: boolean;
  keepBucket?: boolean;
}

/** Returns the failure, or undefined. A second run goes on where the first stopped. */
export async function takeDown(
  { config, s3, state, executions, groupName, ownBucket }: Deployed,
  { deleteData, keepBucket }: BucketOptions,
  progress: Progress,
): Promise<string | undefined> {
  if (executions.length > 0) {
    progress.step('Stopping executions');
    // Stopping one that has ended meanwhile does no harm.
    for (const { execution } of executions) await execution.stop('cleanup takes the deployment down');
  }
  if (groupName) {
    progress.step('Scaling the fleet to zero');
    await scaleToZero({
      autoScaling: new AutoScalingClient(awsConfig(config.region)),
      groupName,
      stopTimeoutSeconds: config.stopTimeoutSeconds,
      progress,
    });
  }
  if (ownBucket && deleteData) {
    progress.step(`Deleting the objects of ${ownBucket}`);
    await emptyBucket(s3, ownBucket, (count) => progress.update(`Deleted ${count} objects`));
  }
  const stackFolder = synthesizeEmptyStack(
    makeWorkFolder(config.namePrefix),
    config,
    join(ROOT, stateFile(config.namePrefix)),
  );
  const terraform = await Terraform.init(config, stackFolder, progress);
  if (ownBucket && keepBucket) {
    progress.step(`Making Terraform forget ${ownBucket}`);
    const resources = state.resources.filter(({ type }) => type.startsWith('aws_s3_bucket'));
    const addresses = resources.map(({ address }) => address);
    await terraform.forget(addresses);
  }
  progress.step('Destroying the stack');
  progress.end();
  const code = await terraform.destroy();
  return code === 0 ? undefined : `terraform destroy ended with exit code ${code}`;
}

/** Refuses a plan that would delete what people have put into the deployment. */
import { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../../../stacks/settings/complete-config';
import { UsageError } from '../../cli/usage-error';
import { awsConfig } from '../account/aws';
import { hasObjects } from '../bucket';
import type { Change } from '../terraform/plan';

/**
 * Terraform deletes or replaces the bucket's settings before S3 refuses to delete the bucket. Throws a UsageError if the stack's own
 * bucket has objects and would go. Changes nothing.
 */
export async function checkDataLoss(changes: Change[], config: Config): Promise<void> {
  const buckets = changes.filter(
    ({ type, actions }) => type === 'aws_s3_bucket' && actions.includes('delete'),
  );
  const s3 = new S3Client(awsConfig(config.region));
  try {
    for (const { before } of buckets) {
      const bucket = String(before.bucket);
      if (!(await hasObjects(s3, bucket))) continue;
      throw new UsageError(
        `The change would delete the deployment's bucket ${bucket}, which has objects, so nothing was changed. Deploy without --bucket to keep using it; or give --name-prefix for a second deployment; or copy the objects, empty the bucket, and deploy again.`,
      );
    }
  } finally {
    s3.destroy();
  }
}

/** S3 with the buckets of a stack. */
import type { Core, LocalService } from '../../core/local-service';
import { createS3 } from '.';
import { type BucketFolders, bucketsOf } from './buckets';
import { SETTING_TYPES } from './stack-settings';

export function createS3OfStack(
  { stack, policies }: Pick<Core, 'stack' | 'policies'>,
  folders: BucketFolders,
): LocalService {
  const { region, account } = stack.accountAndRegion;
  const s3 = createS3({
    buckets: bucketsOf(stack, folders),
    region,
    account,
    isAllowed: (caller, authorization) => policies.denial(caller, authorization) === undefined,
  });
  return { service: s3, fixed: SETTING_TYPES, close: () => s3.close() };
}

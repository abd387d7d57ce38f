/**
 * Checks the buckets that the stack is to use but not to make. The major versions of the AWS provider have different names for the region.
 */
import { HeadBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Config } from '../../../stacks/settings/complete-config';
import { type ExistingBucket, parseExistingBucket } from '../../../stacks/settings/existing-bucket';
import { ownBucketName } from '../../../stacks/storage/bucket-name';
import { UsageError } from '../../cli/usage-error';
import { awsConfig } from '../account/aws';
import { bucketRegionOf } from '../account/bucket-region';
import type { CallerIdentity } from '../account/caller-identity';

/** What is to be true of a bucket. */
interface Expected extends Pick<ExistingBucket, 'name' | 'owner'> {
  region: string;
}

/**
 * Throws a UsageError if one of the buckets is missing, elsewhere or another account's than the settings say. Returns a line for each
 * bucket of another account that does not let the caller look at it: only an execution shows whether the settings are right.
 */
export async function checkExistingBuckets(config: Config, caller: CallerIdentity): Promise<string[]> {
  const { bucket, readBuckets = [], outputBucket, namePrefix, region } = config;
  // Step Functions lists and writes a bucket of its own region and account only.
  if (bucket) await check({ name: bucket, region }, caller, `give a bucket in ${region}, or --region REGION`);
  const texts = new Set([...readBuckets, ...(outputBucket ? [outputBucket] : [])]);
  const others = [...texts].map(parseExistingBucket);
  const own = bucket ?? ownBucketName(namePrefix, caller.accountId, region);
  if (others.some(({ name }) => name === own))
    throw new UsageError(
      `The bucket ${own} is the deployment's own: leave it out of readBuckets and outputBucket.`,
    );
  const notes: string[] = [];
  for (const other of others) {
    const remedy = `write "${other.name} region=REGION" in readBuckets or outputBucket`;
    const note = await check({ ...other, region: other.region ?? region }, caller, remedy);
    if (note) notes.push(note);
  }
  return notes;
}

/** `elsewhere`: the remedy for a bucket in another region, which it names by REGION. */
async function check(
  { name, owner, region }: Expected,
  { accountId }: CallerIdentity,
  elsewhere: string,
): Promise<string | undefined> {
  const s3 = new S3Client(awsConfig(region));
  const checkRegion = (actual: string | undefined) => {
    if (!actual || actual === region) return;
    const remedy = elsewhere.replace('REGION', actual);
    throw new UsageError(`The bucket ${name} is in ${actual}, but the settings say ${region}: ${remedy}.`);
  };
  try {
    const expected = owner === 'any' ? undefined : (owner ?? accountId);
    const { BucketRegion } = await s3.send(
      new HeadBucketCommand({ Bucket: name, ExpectedBucketOwner: expected }),
    );
    checkRegion(BucketRegion);
    return undefined;
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    const status = error.$metadata.httpStatusCode;
    if (status === 404) {
      throw new UsageError(`The bucket ${name} does not exist: create it, or correct the settings.`);
    }
    checkRegion(bucketRegionOf(error));
    if (status !== 403) throw error;
    if (owner !== undefined && owner !== accountId)
      return `The bucket ${name}${owner === 'any' ? '' : ` of account ${owner}`} does not let you look at it: only an execution shows whether its owner allows the deployment.`;
    throw new UsageError(
      `The bucket ${name} belongs to another account than ${accountId}, or you may not use it: give a bucket of this account, or its owner (docs/buckets.md), and allow yourself s3:ListBucket.`,
    );
  } finally {
    s3.destroy();
  }
}

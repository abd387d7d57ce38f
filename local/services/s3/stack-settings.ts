/** The settings that a stack gives to its bucket, in the documents of S3. */
import type { Attributes, Stack } from '../../core/stack/stack';
import type { BucketSettings } from './bucket-options';

const TYPES = {
  publicAccessBlock: 'aws_s3_bucket_public_access_block',
  ownershipControls: 'aws_s3_bucket_ownership_controls',
  encryption: 'aws_s3_bucket_server_side_encryption_configuration',
  lifecycle: 'aws_s3_bucket_lifecycle_configuration',
} as const;

/** Types of the resources that the settings come from. */
export const SETTING_TYPES = ['aws_s3_bucket', 'aws_s3_bucket_policy', ...Object.values(TYPES)];

/** Words that Terraform and S3 write in different cases. */
const WORDS: Record<string, string> = { id: 'ID', sse: 'SSE', kms: 'KMS' };

export function settingsOf(stack: Stack, bucket: string): BucketSettings {
  const find = (type: string): Attributes | undefined =>
    stack.resources(type).find(({ attributes }) => attributes.bucket === bucket)?.attributes;
  const documents = Object.entries(TYPES).map(([name, type]) => [name, toDocument(find(type))]);
  return {
    ...Object.fromEntries(documents),
    tags: tagsOf(stack, find('aws_s3_bucket')),
    policy: find('aws_s3_bucket_policy')?.policy,
  };
}

/** None is not an empty set: S3 answers with an error. */
function tagsOf(stack: Stack, bucket: Attributes | undefined): Record<string, string> | undefined {
  const tags = { ...stack.defaultTags, ...bucket?.tags };
  return bucket && Object.keys(tags).length > 0 ? tags : undefined;
}

/** `rule: [{ days_after_initiation }]` is `Rule: [{ DaysAfterInitiation }]`; `bucket` and `id` are Terraform's own. */
function toDocument(attributes: Attributes | undefined): object | undefined {
  if (!attributes) return undefined;
  const { bucket: _bucket, id: _id, arn: _arn, ...settings } = attributes;
  return toElements(settings) as object;
}

function toElements(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toElements);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [elementOf(name), toElements(item)]));
}

const elementOf = (name: string) =>
  name
    .split('_')
    .map((word) => WORDS[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

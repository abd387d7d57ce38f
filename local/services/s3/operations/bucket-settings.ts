/**
 * Reads of a bucket's settings: what the stack has set, what every new bucket has, or S3's error for a setting that a bucket does
 * not have. No request changes them. User guide, "Default settings for new S3 buckets" and the API reference of each operation.
 */
import { type BucketSettings, canonicalId } from '../bucket-options';
import { handler } from '../parameters';
import { s3Error } from '../protocol/errors';
import { sendXml } from '../protocol/xml';
import type { Exchange } from '../request';

const NEW_BUCKET = {
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  ownershipControls: { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } },
  encryption: {
    Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
  },
};

/** A document that every bucket has. */
const reads = (root: string, content: (exchange: Exchange) => object) =>
  handler({}, (exchange) => sendXml(exchange.response, root, content(exchange)));

/** A setting that no bucket has here. */
const lacks = (code: Parameters<typeof s3Error>[0]) =>
  handler({}, ({ bucket }) => {
    throw s3Error(code, { BucketName: bucket });
  });

function settingOf<Name extends keyof BucketSettings>(
  { bucket, bucketOptions }: Exchange,
  name: Name,
  missing: Parameters<typeof s3Error>[0],
): NonNullable<BucketSettings[Name]> {
  const setting = bucketOptions.settings?.[name];
  if (setting === undefined) throw s3Error(missing, { BucketName: bucket });
  return setting;
}

const policyOf = (exchange: Exchange) => settingOf(exchange, 'policy', 'NoSuchBucketPolicy');

/** "The meaning of public", User guide: statements with conditions or with named principals count as not public here. */
function isPublic(policy: string): boolean {
  const { Statement = [] } = JSON.parse(policy);
  const isAnyone = (principal: unknown) => JSON.stringify([principal]).includes('"*"');
  return [Statement]
    .flat()
    .some((each) => each.Effect === 'Allow' && !each.Condition && isAnyone(each.Principal));
}

/** The grants of a bucket, and of an object in it, whose ACLs are disabled: the owner has full control. */
export const accessControlPolicy = ({ bucketOptions: { owner } }: Exchange) => {
  const ID = canonicalId(owner);
  const type = { '@_xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance', '@_xsi:type': 'CanonicalUser' };
  return {
    Owner: { ID },
    AccessControlList: { Grant: { Grantee: { ...type, ID }, Permission: 'FULL_CONTROL' } },
  };
};

export const tagging = (tags: Record<string, string>) => ({
  TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
});

export const bucketReads = {
  GetBucketLocation: reads('LocationConstraint', ({ region }) =>
    region === 'us-east-1' ? {} : { '#text': region },
  ),
  GetBucketAcl: reads('AccessControlPolicy', accessControlPolicy),
  GetBucketTagging: reads('Tagging', (exchange) => tagging(settingOf(exchange, 'tags', 'NoSuchTagSet'))),
  GetBucketVersioning: reads('VersioningConfiguration', () => ({})),
  GetBucketLogging: reads('BucketLoggingStatus', () => ({})),
  GetBucketNotificationConfiguration: reads('NotificationConfiguration', () => ({})),
  GetBucketAccelerateConfiguration: reads('AccelerateConfiguration', () => ({})),
  GetBucketAbac: reads('AbacStatus', () => ({ Status: 'Disabled' })),
  GetBucketRequestPayment: reads('RequestPaymentConfiguration', ({ bucketOptions }) => ({
    Payer: bucketOptions.requesterPays ? 'Requester' : 'BucketOwner',
  })),
  GetPublicAccessBlock: reads(
    'PublicAccessBlockConfiguration',
    ({ bucketOptions }) => bucketOptions.settings?.publicAccessBlock ?? NEW_BUCKET.publicAccessBlock,
  ),
  GetBucketOwnershipControls: reads(
    'OwnershipControls',
    ({ bucketOptions }) => bucketOptions.settings?.ownershipControls ?? NEW_BUCKET.ownershipControls,
  ),
  GetBucketEncryption: reads(
    'ServerSideEncryptionConfiguration',
    ({ bucketOptions }) => bucketOptions.settings?.encryption ?? NEW_BUCKET.encryption,
  ),
  GetBucketLifecycleConfiguration: reads('LifecycleConfiguration', (exchange) =>
    settingOf(exchange, 'lifecycle', 'NoSuchLifecycleConfiguration'),
  ),
  GetBucketPolicy: handler({}, (exchange) => {
    const policy = Buffer.from(policyOf(exchange));
    const headers = { 'content-type': 'application/json', 'content-length': policy.length };
    exchange.response.writeHead(200, headers).end(policy);
  }),
  GetBucketPolicyStatus: reads('PolicyStatus', (exchange) => ({ IsPublic: isPublic(policyOf(exchange)) })),
  GetBucketCors: lacks('NoSuchCORSConfiguration'),
  GetBucketWebsite: lacks('NoSuchWebsiteConfiguration'),
  GetBucketReplication: lacks('ReplicationConfigurationNotFoundError'),
  GetObjectLockConfiguration: lacks('ObjectLockConfigurationNotFoundError'),
  GetBucketAnalyticsConfiguration: lacks('NoSuchConfiguration'),
  GetBucketIntelligentTieringConfiguration: lacks('NoSuchConfiguration'),
  GetBucketInventoryConfiguration: lacks('NoSuchConfiguration'),
  GetBucketMetricsConfiguration: lacks('NoSuchConfiguration'),
  ListBucketAnalyticsConfigurations: reads('ListBucketAnalyticsConfigurationResult', none),
  ListBucketIntelligentTieringConfigurations: reads('ListBucketIntelligentTieringConfigurationsOutput', none),
  ListBucketInventoryConfigurations: reads('ListInventoryConfigurationsResult', none),
  ListBucketMetricsConfigurations: reads('ListMetricsConfigurationsResult', none),
};

function none() {
  return { IsTruncated: false };
}

/** A valid request for every operation of the local cloud, so that a test can change it. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { Service } from '../../../local/core/service';
import { ACCOUNT, REGION } from '../support/fixture-stack';
import { type OddBody, oddChunks, oddXml } from './bodies';
import type { SignedRequest } from './send';

const arn = (kind: string, name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:${kind}:${name}`;

export const DEFINITION = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'End',
  States: { End: { Type: 'Succeed' } },
});

/** Values by the name of the member: they exist in the fixture, or could exist. */
const MEMBERS: Record<string, unknown> = {
  stateMachineArn: arn('stateMachine', 'fuzz'),
  activityArn: arn('activity', 'fuzz'),
  executionArn: arn('execution', 'fuzz:fuzz'),
  mapRunArn: arn('mapRun', 'fuzz/Map:0'),
  roleArn: `arn:aws:iam::${ACCOUNT}:role/worker`,
  name: 'fuzz',
  workerName: 'fuzz',
  definition: DEFINITION,
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
  input: '{}',
  output: '{}',
  taskToken: 'token',
  clientToken: 'token',
  cluster: 'cluster',
  services: ['workers'],
  serviceName: 'workers',
  logGroupName: '/fixture/worker',
  logGroupNamePrefix: '/fixture',
  filterPattern: 'text',
  AutoScalingGroupName: 'group',
  AutoScalingGroupNames: ['group'],
  DesiredCapacity: '0',
  MaxRecords: '10',
  FunctionName: 'provisioner',
  Rule: 'rule',
  NamePrefix: 'rule',
  TopicArn: `arn:aws:sns:${REGION}:123456789012:fuzz`,
};

/** Members that exclude another one, or that only an earlier answer could give. They are changed anyway. */
const LEFT_OUT = [
  'nextToken',
  'NextToken',
  'logGroupIdentifier',
  'redriveFilter',
  'logStreamNames',
  'containerInstance',
  // A map needs more than one parameter.
  'MessageAttributes',
];

interface Property {
  type?: string;
  enum?: unknown[];
  minimum?: number;
  items?: Property;
}

/** A value of the type; `MEMBERS` has the values that need more than a type. */
function example({ type, enum: values, minimum = 0, items }: Property): unknown {
  if (values) return values[0];
  if (type === 'array') return [example(items ?? {})];
  if (type === 'boolean') return true;
  return type === 'integer' || type === 'number' ? Math.max(minimum, 1) : 'x';
}

/** The input as it comes out of the protocol, and the names of all members that the schema knows. */
export function validInput(
  action: string,
  schema: z.ZodType,
): { names: string[]; input: Record<string, unknown> } {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const names = Object.keys(properties);
  const given = names
    .filter((name) => !LEFT_OUT.includes(name) && !(action === 'ListExecutions' && name === 'mapRunArn'))
    .map((name) => [name, MEMBERS[name] ?? example(properties[name] as Property)]);
  return { names, input: Object.fromEntries(given) };
}

/** The REST APIs: method, path, query and headers are the input. */
export const REST_REQUESTS: Record<string, (name: string) => Omit<SignedRequest, 'service'>> = {
  Invoke: (name) => ({
    method: 'POST',
    path: `/2015-03-31/functions/${name}/invocations`,
    headers: { 'x-amz-invocation-type': 'DryRun' },
  }),
  GetFunction: (name) => ({ method: 'GET', path: `/2015-03-31/functions/${name}` }),
  ListFunctions: () => ({ method: 'GET', path: '/2015-03-31/functions/' }),
  ListSchedules: (name) => ({ method: 'GET', path: '/schedules', query: { NamePrefix: name } }),
  GetSchedule: (name) => ({ method: 'GET', path: `/schedules/${name}` }),
  ListScheduleGroups: (name) => ({ method: 'GET', path: '/schedule-groups', query: { MaxResults: name } }),
};

interface S3Case extends Omit<SignedRequest, 'service' | 'body'> {
  body?: string;
  /** Query parameters that no test changes. */
  selects?: Record<string, string>;
  /** Bodies that are almost the valid one. */
  odd?: (body: string) => OddBody[];
  /** The code of the error that it ends with: if it succeeded, it could not be sent again. */
  code?: string;
}

const key = (bucket: string) => `/${bucket}/fuzz/object`;
const digest = (text: string) => createHash('md5').update(text).digest('base64');
const crc = (text: string) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64');
};
const framed = (content: string) =>
  `${content.length.toString(16)}\r\n${content}\r\n0\r\nx-amz-checksum-crc32:${crc(content)}\r\n\r\n`;

/** Reads of a bucket's settings, each by its query parameter, and the error code if a bucket of the fixture lacks it. */
const BUCKET_READS: Record<string, [parameter: string, code?: string]> = {
  GetBucketAbac: ['abac'],
  GetBucketAccelerateConfiguration: ['accelerate'],
  GetBucketAcl: ['acl'],
  GetBucketAnalyticsConfiguration: ['analytics&id', 'NoSuchConfiguration'],
  GetBucketCors: ['cors', 'NoSuchCORSConfiguration'],
  GetBucketEncryption: ['encryption'],
  GetBucketIntelligentTieringConfiguration: ['intelligent-tiering&id', 'NoSuchConfiguration'],
  GetBucketInventoryConfiguration: ['inventory&id', 'NoSuchConfiguration'],
  GetBucketLifecycleConfiguration: ['lifecycle', 'NoSuchLifecycleConfiguration'],
  GetBucketLocation: ['location'],
  GetBucketLogging: ['logging'],
  GetBucketMetricsConfiguration: ['metrics&id', 'NoSuchConfiguration'],
  GetBucketNotificationConfiguration: ['notification'],
  GetBucketOwnershipControls: ['ownershipControls'],
  GetBucketPolicy: ['policy', 'NoSuchBucketPolicy'],
  GetBucketPolicyStatus: ['policyStatus', 'NoSuchBucketPolicy'],
  GetBucketReplication: ['replication', 'ReplicationConfigurationNotFoundError'],
  GetBucketRequestPayment: ['requestPayment'],
  GetBucketTagging: ['tagging', 'NoSuchTagSet'],
  GetBucketVersioning: ['versioning'],
  GetBucketWebsite: ['website', 'NoSuchWebsiteConfiguration'],
  GetObjectLockConfiguration: ['object-lock', 'ObjectLockConfigurationNotFoundError'],
  GetPublicAccessBlock: ['publicAccessBlock'],
  ListBucketAnalyticsConfigurations: ['analytics'],
  ListBucketIntelligentTieringConfigurations: ['intelligent-tiering'],
  ListBucketInventoryConfigurations: ['inventory'],
  ListBucketMetricsConfigurations: ['metrics'],
};
const bucketReads = Object.entries(BUCKET_READS).map(([name, [parameters, code]]) => {
  const selects = Object.fromEntries(parameters.split('&').map((each) => [each, '']));
  return [name, (bucket: string): S3Case => ({ method: 'GET', path: `/${bucket}`, selects, code })] as const;
});

const objectRead =
  (parameter: string, more: Partial<S3Case> = {}) =>
  (bucket: string): S3Case => ({
    method: 'GET',
    path: key(bucket),
    selects: { [parameter]: '' },
    ...more,
  });

/** The test puts the object `fuzz/object`, and begins an upload for its key that has a part 1. */
export const S3_REQUESTS: Record<string, (bucket: string, uploadId: string) => S3Case> = {
  ...Object.fromEntries(bucketReads),
  GetObjectAcl: objectRead('acl'),
  GetObjectTagging: objectRead('tagging'),
  GetObjectRetention: objectRead('retention', { code: 'InvalidRequest' }),
  GetObjectLegalHold: objectRead('legal-hold', { code: 'InvalidRequest' }),
  GetObjectAttributes: objectRead('attributes', {
    headers: { 'x-amz-object-attributes': 'ETag,Checksum,ObjectSize' },
  }),
  ListBuckets: () => ({
    method: 'GET',
    path: '/',
    query: { 'max-buckets': '1', 'bucket-region': 'us-east-1', 'continuation-token': 'a' },
  }),
  CreateBucket: (bucket) => ({ method: 'PUT', path: `/${bucket}`, code: 'BucketAlreadyOwnedByYou' }),
  ListObjects: (bucket) => ({
    method: 'GET',
    path: `/${bucket}`,
    query: { marker: 'a' },
  }),
  ListObjectVersions: (bucket) => ({
    method: 'GET',
    path: `/${bucket}`,
    selects: { versions: '' },
    query: { 'key-marker': 'a', 'version-id-marker': 'null' },
  }),
  ListMultipartUploads: (bucket) => ({
    method: 'GET',
    path: `/${bucket}`,
    selects: { uploads: '' },
    query: { 'key-marker': 'a', 'upload-id-marker': 'a', 'max-uploads': '10' },
  }),
  ListParts: (bucket, uploadId) => ({
    method: 'GET',
    path: key(bucket),
    selects: { uploadId },
    query: { 'part-number-marker': '0', 'max-parts': '10' },
  }),
  HeadBucket: (bucket) => ({ method: 'HEAD', path: `/${bucket}` }),
  ListObjectsV2: (bucket) => ({
    method: 'GET',
    path: `/${bucket}`,
    query: {
      'list-type': '2',
      'max-keys': '10',
      prefix: 'fuzz',
      delimiter: '/',
      'start-after': 'a',
      'encoding-type': 'url',
      'continuation-token': 'YQ',
      'fetch-owner': 'true',
    },
  }),
  DeleteObjects: (bucket) => ({
    method: 'POST',
    path: `/${bucket}`,
    query: { delete: '' },
    headers: { 'x-amz-expected-bucket-owner': ACCOUNT },
    body: '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>none</Key></Object><Quiet>false</Quiet></Delete>',
    odd: oddXml,
  }),
  GetObject: (bucket) => ({
    method: 'GET',
    path: key(bucket),
    headers: { range: 'bytes=0-1', 'if-match': '*', 'x-amz-checksum-mode': 'ENABLED' },
  }),
  HeadObject: (bucket) => ({
    method: 'HEAD',
    path: key(bucket),
    query: { versionId: 'null' },
    headers: { 'if-match': '*', 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
  }),
  PutObject: (bucket) => ({
    method: 'PUT',
    path: key(bucket),
    headers: {
      'content-type': 'text/plain',
      'content-encoding': 'aws-chunked',
      'x-amz-meta-a': 'b',
      'x-amz-storage-class': 'STANDARD',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '7',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    },
    body: framed('content'),
    odd: () => oddChunks('content'),
  }),
  CopyObject: (bucket) => ({
    method: 'PUT',
    path: `/${bucket}/fuzz/copy`,
    headers: {
      'x-amz-copy-source': key(bucket),
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-checksum-algorithm': 'CRC32',
      'x-amz-copy-source-if-match': '*',
    },
  }),
  DeleteObject: (bucket) => ({
    method: 'DELETE',
    path: `/${bucket}/fuzz/none`,
    headers: { 'x-amz-expected-bucket-owner': ACCOUNT },
  }),
  CreateMultipartUpload: (bucket) => ({
    method: 'POST',
    path: key(bucket),
    query: { uploads: '' },
    headers: { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' },
  }),
  UploadPart: (bucket, uploadId) => ({
    method: 'PUT',
    path: key(bucket),
    query: { partNumber: '1', uploadId },
    headers: { 'content-md5': digest('part'), 'x-amz-checksum-crc32': crc('part') },
    body: 'part',
  }),
  UploadPartCopy: (bucket, uploadId) => ({
    method: 'PUT',
    path: key(bucket),
    query: { partNumber: '1', uploadId },
    headers: { 'x-amz-copy-source': key(bucket), 'x-amz-copy-source-range': 'bytes=0-1' },
  }),
  CompleteMultipartUpload: (bucket, uploadId) => ({
    method: 'POST',
    path: key(bucket),
    query: { uploadId },
    headers: { 'x-amz-mp-object-size': '4' },
    body: '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>none</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>',
    odd: oddXml,
    code: 'InvalidPart',
  }),
  AbortMultipartUpload: (bucket, uploadId) => ({
    method: 'DELETE',
    path: key(bucket),
    query: { uploadId: `${uploadId}x` },
    code: 'NoSuchUpload',
  }),
};

/** Names of the service's operations. */
export const operationsOf = (service: Service): string[] =>
  service.protocol === 'stream' ? service.operations : Object.keys(service.operations);

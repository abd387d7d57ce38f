/**
 * The operations of S3 by the requests that ask for them: the method, what it is on, and the query parameter that selects the
 * operation. API reference, "Actions"; a test compares the names with the SDK's.
 */
import type { IncomingMessage } from 'node:http';
import { s3Error } from './errors';

export type Target = 'service' | 'bucket' | 'object';

const OPERATIONS: Record<string, string> = {
  'GET service': 'ListBuckets',
  'DELETE bucket': 'DeleteBucket',
  'DELETE bucket analytics': 'DeleteBucketAnalyticsConfiguration',
  'DELETE bucket cors': 'DeleteBucketCors',
  'DELETE bucket encryption': 'DeleteBucketEncryption',
  'DELETE bucket intelligent-tiering': 'DeleteBucketIntelligentTieringConfiguration',
  'DELETE bucket inventory': 'DeleteBucketInventoryConfiguration',
  'DELETE bucket lifecycle': 'DeleteBucketLifecycle',
  'DELETE bucket metadataConfiguration': 'DeleteBucketMetadataConfiguration',
  'DELETE bucket metadataTable': 'DeleteBucketMetadataTableConfiguration',
  'DELETE bucket metrics': 'DeleteBucketMetricsConfiguration',
  'DELETE bucket ownershipControls': 'DeleteBucketOwnershipControls',
  'DELETE bucket policy': 'DeleteBucketPolicy',
  'DELETE bucket publicAccessBlock': 'DeletePublicAccessBlock',
  'DELETE bucket replication': 'DeleteBucketReplication',
  'DELETE bucket tagging': 'DeleteBucketTagging',
  'DELETE bucket website': 'DeleteBucketWebsite',
  'GET bucket': 'ListObjects',
  'GET bucket abac': 'GetBucketAbac',
  'GET bucket accelerate': 'GetBucketAccelerateConfiguration',
  'GET bucket acl': 'GetBucketAcl',
  'GET bucket analytics': 'ListBucketAnalyticsConfigurations',
  'GET bucket analytics id': 'GetBucketAnalyticsConfiguration',
  'GET bucket cors': 'GetBucketCors',
  'GET bucket encryption': 'GetBucketEncryption',
  'GET bucket intelligent-tiering': 'ListBucketIntelligentTieringConfigurations',
  'GET bucket intelligent-tiering id': 'GetBucketIntelligentTieringConfiguration',
  'GET bucket inventory': 'ListBucketInventoryConfigurations',
  'GET bucket inventory id': 'GetBucketInventoryConfiguration',
  'GET bucket lifecycle': 'GetBucketLifecycleConfiguration',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket logging': 'GetBucketLogging',
  'GET bucket metadataConfiguration': 'GetBucketMetadataConfiguration',
  'GET bucket metadataTable': 'GetBucketMetadataTableConfiguration',
  'GET bucket metrics': 'ListBucketMetricsConfigurations',
  'GET bucket metrics id': 'GetBucketMetricsConfiguration',
  'GET bucket notification': 'GetBucketNotificationConfiguration',
  'GET bucket object-lock': 'GetObjectLockConfiguration',
  'GET bucket ownershipControls': 'GetBucketOwnershipControls',
  'GET bucket policy': 'GetBucketPolicy',
  'GET bucket policyStatus': 'GetBucketPolicyStatus',
  'GET bucket publicAccessBlock': 'GetPublicAccessBlock',
  'GET bucket replication': 'GetBucketReplication',
  'GET bucket requestPayment': 'GetBucketRequestPayment',
  'GET bucket session': 'CreateSession',
  'GET bucket tagging': 'GetBucketTagging',
  'GET bucket uploads': 'ListMultipartUploads',
  'GET bucket versioning': 'GetBucketVersioning',
  'GET bucket versions': 'ListObjectVersions',
  'GET bucket website': 'GetBucketWebsite',
  'HEAD bucket': 'HeadBucket',
  // For HTML forms; the SDKs do not have it.
  'POST bucket': 'PostObject',
  'POST bucket delete': 'DeleteObjects',
  'POST bucket metadataConfiguration': 'CreateBucketMetadataConfiguration',
  'POST bucket metadataTable': 'CreateBucketMetadataTableConfiguration',
  'PUT bucket': 'CreateBucket',
  'PUT bucket abac': 'PutBucketAbac',
  'PUT bucket accelerate': 'PutBucketAccelerateConfiguration',
  'PUT bucket acl': 'PutBucketAcl',
  'PUT bucket analytics': 'PutBucketAnalyticsConfiguration',
  'PUT bucket cors': 'PutBucketCors',
  'PUT bucket encryption': 'PutBucketEncryption',
  'PUT bucket intelligent-tiering': 'PutBucketIntelligentTieringConfiguration',
  'PUT bucket inventory': 'PutBucketInventoryConfiguration',
  'PUT bucket lifecycle': 'PutBucketLifecycleConfiguration',
  'PUT bucket logging': 'PutBucketLogging',
  'PUT bucket metadataAnnotationTable': 'UpdateBucketMetadataAnnotationTableConfiguration',
  'PUT bucket metadataInventoryTable': 'UpdateBucketMetadataInventoryTableConfiguration',
  'PUT bucket metadataJournalTable': 'UpdateBucketMetadataJournalTableConfiguration',
  'PUT bucket metrics': 'PutBucketMetricsConfiguration',
  'PUT bucket notification': 'PutBucketNotificationConfiguration',
  'PUT bucket object-lock': 'PutObjectLockConfiguration',
  'PUT bucket ownershipControls': 'PutBucketOwnershipControls',
  'PUT bucket policy': 'PutBucketPolicy',
  'PUT bucket publicAccessBlock': 'PutPublicAccessBlock',
  'PUT bucket replication': 'PutBucketReplication',
  'PUT bucket requestPayment': 'PutBucketRequestPayment',
  'PUT bucket tagging': 'PutBucketTagging',
  'PUT bucket versioning': 'PutBucketVersioning',
  'PUT bucket website': 'PutBucketWebsite',
  'DELETE object': 'DeleteObject',
  'DELETE object annotation': 'DeleteObjectAnnotation',
  'DELETE object tagging': 'DeleteObjectTagging',
  'DELETE object uploadId': 'AbortMultipartUpload',
  'GET object': 'GetObject',
  'GET object acl': 'GetObjectAcl',
  'GET object annotation': 'ListObjectAnnotations',
  'GET object annotation annotationName': 'GetObjectAnnotation',
  'GET object attributes': 'GetObjectAttributes',
  'GET object legal-hold': 'GetObjectLegalHold',
  'GET object retention': 'GetObjectRetention',
  'GET object tagging': 'GetObjectTagging',
  'GET object torrent': 'GetObjectTorrent',
  'GET object uploadId': 'ListParts',
  'HEAD object': 'HeadObject',
  'POST object restore': 'RestoreObject',
  'POST object select': 'SelectObjectContent',
  'POST object uploadId': 'CompleteMultipartUpload',
  'POST object uploads': 'CreateMultipartUpload',
  'PUT object': 'PutObject',
  'PUT object acl': 'PutObjectAcl',
  'PUT object annotation': 'PutObjectAnnotation',
  'PUT object copy': 'CopyObject',
  'PUT object encryption': 'UpdateObjectEncryption',
  'PUT object legal-hold': 'PutObjectLegalHold',
  'PUT object renameObject': 'RenameObject',
  'PUT object retention': 'PutObjectRetention',
  'PUT object tagging': 'PutObjectTagging',
  'PUT object uploadId': 'UploadPart',
  'PUT object uploadId copy': 'UploadPartCopy',
};

/** The query parameters that select an operation; S3 ignores all others that the operation does not have. */
const SELECTORS: Record<Target, Set<string>> = { service: new Set(), bucket: new Set(), object: new Set() };
for (const request of Object.keys(OPERATIONS)) {
  const [, target, parameter] = request.split(' ');
  if (parameter && parameter !== 'copy') SELECTORS[target as Target].add(parameter);
}

/** Query parameters that name one of what an operation without them lists. */
const NAMING = ['id', 'annotationName'];

/** The name of the operation. Throws InvalidArgument if the request selects two, and MethodNotAllowed if none is there. */
export function operationOf(
  { method = '' }: IncomingMessage,
  target: Target,
  query: URLSearchParams,
  isCopy: boolean,
): string {
  const [selector, ...others] = [...new Set(query.keys())].filter((name) => SELECTORS[target].has(name));
  if (others.length > 0) {
    const Message = `Conflicting query string parameters: ${[selector, ...others].join(', ')}`;
    throw s3Error('InvalidArgument', { Message, ArgumentName: 'ResourceType', ArgumentValue: selector });
  }
  const request = [method, target, ...(selector ? [selector] : [])].join(' ');
  const further = [...NAMING.filter((each) => query.has(each)), ...(isCopy ? ['copy'] : [])];
  const requests = [...further.map((each) => `${request} ${each}`), request];
  const name = requests.map((each) => OPERATIONS[each]).find((each) => each !== undefined);
  if (name) return name;
  throw s3Error('MethodNotAllowed', { Method: method, ResourceType: (selector ?? target).toUpperCase() });
}

import type { Authorization } from '../service';
import { copySource, type S3Request } from './request';

const onObject = (action: string, bucket: string, key: string): Authorization => ({
  action: `s3:${action}`,
  resources: [`arn:aws:s3:::${bucket}/${key}`],
});

/** IAM actions whose name is not the operation's (Service Authorization Reference, Amazon S3). */
const ACTIONS: Record<string, string> = {
  HeadObject: 'GetObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  ListParts: 'ListMultipartUploadParts',
  DeleteObjects: 'DeleteObject',
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListBuckets: 'ListAllMyBuckets',
};

/** What a request needs to be allowed; of DeleteObjects, which names its keys in its body, any key of the bucket. */
export function authorizationsOf(request: S3Request): Authorization[] {
  const { operation, bucket, key, query, headers } = request;
  if (operation === 'CopyObject' || operation === 'UploadPartCopy') {
    const source = copySource(headers);
    return [onObject('GetObject', source.bucket, source.key), onObject('PutObject', bucket, key)];
  }
  const action = ACTIONS[operation] ?? operation;
  if (operation === 'DeleteObjects') return [onObject(action, bucket, '*')];
  if (key) {
    const needed = [onObject(action, bucket, key)];
    // A write that depends on the present ETag tells something about the object, so it takes the right to read it.
    if (headers['if-match'] && action !== 'GetObject') needed.push(onObject('GetObject', bucket, key));
    return needed;
  }
  const conditionKeys: Record<string, string> = {};
  for (const name of ['prefix', 'delimiter', 'max-keys']) {
    const value = query.get(name);
    if (value !== null) conditionKeys[`s3:${name}`] = value;
  }
  return [{ action: `s3:${action}`, resources: [bucket ? `arn:aws:s3:::${bucket}` : '*'], conditionKeys }];
}

/** One client for all buckets, if a test has one server. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Clients } from '../../../runtime/s3/clients';
import { ObjectStore } from '../../../runtime/s3/object-store';

export function s3Of(client: S3Client): Pick<S3Clients, 'own' | 'of' | 'store'> {
  return { own: client, of: () => client, store: (bucket) => new ObjectStore(client, bucket) };
}

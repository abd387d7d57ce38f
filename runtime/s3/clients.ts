/**
 * Clients of S3 for the buckets that a deployment uses beside its own: each request reaches a bucket as its setting says. This holds for
 * every operation on the bucket, also for those of a processor.
 */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { BucketAccess, BucketAccesses } from './bucket-access';
import { ObjectStore } from './object-store';

export class S3Clients {
  /** The client for the region that `config` or the environment names. */
  readonly own: S3Client;
  private readonly accesses: ReadonlyMap<string | undefined, BucketAccess>;
  private readonly byRegion = new Map<string, S3Client>();
  private readonly stores = new Map<string, ObjectStore>();

  constructor(
    private readonly config: S3ClientConfig,
    buckets: BucketAccesses = {},
    /** Called with each client, before it is used. */
    private readonly prepare: (client: S3Client) => void = () => {},
  ) {
    this.accesses = new Map(Object.entries(buckets));
    this.own = this.create();
  }

  /** The client for a bucket; one without an entry is in the clients' own region. */
  of(bucket: string): S3Client {
    const region = this.accesses.get(bucket)?.region;
    if (region === undefined) return this.own;
    const client = this.byRegion.get(region) ?? this.create({ region });
    this.byRegion.set(region, client);
    return client;
  }

  /** The objects of a bucket. */
  store(bucket: string): ObjectStore {
    const store =
      this.stores.get(bucket) ?? new ObjectStore(this.of(bucket), bucket, this.accesses.get(bucket));
    this.stores.set(bucket, store);
    return store;
  }

  destroy(): void {
    for (const client of [this.own, ...this.byRegion.values()]) client.destroy();
  }

  private create(more: S3ClientConfig = {}): S3Client {
    const client = new S3Client({ ...this.config, ...more });
    client.middlewareStack.add((next) => (args) => {
      const { owner, requesterPays } = this.accesses.get((args.input as { Bucket?: string }).Bucket) ?? {};
      const added = {
        ...(owner && { ExpectedBucketOwner: owner }),
        ...(requesterPays && { RequestPayer: 'requester' as const }),
      };
      return next({ ...args, input: { ...args.input, ...added } });
    });
    this.prepare(client);
    return client;
  }
}

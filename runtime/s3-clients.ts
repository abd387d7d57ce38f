/**
 * Clients of S3 for the buckets that a deployment uses beside its own: each request reaches a bucket as its setting says. This holds for
 * every operation on the bucket, whoever sends it.
 */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

export interface BucketAccess {
  /** Default: that of the clients. */
  region?: string;
  /**
   * Account that must own the bucket: S3 answers 403 where another one does. Default: the owner is not checked.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
   */
  owner?: string;
  /** Pays for the requests: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html. Default: its owner pays. */
  requesterPays?: boolean;
}

/** By name. JSON. */
export type BucketAccesses = Record<string, BucketAccess>;

export class S3Clients {
  /** Of the region that `config` names, or the environment. */
  readonly own: S3Client;
  private readonly byRegion = new Map<string, S3Client>();

  constructor(
    private readonly config: S3ClientConfig,
    private readonly buckets: BucketAccesses = {},
    /** Called with each client, before it is used. */
    private readonly prepare: (client: S3Client) => void = () => {},
  ) {
    this.own = this.create();
  }

  /** The client for a bucket; one without an entry is in the clients' own region. */
  of(bucket: string): S3Client {
    const region = this.accessOf(bucket)?.region;
    if (region === undefined) return this.own;
    const client = this.byRegion.get(region) ?? this.create({ region });
    this.byRegion.set(region, client);
    return client;
  }

  destroy(): void {
    for (const client of [this.own, ...this.byRegion.values()]) client.destroy();
  }

  private accessOf(bucket: string | undefined): BucketAccess | undefined {
    return bucket !== undefined && Object.hasOwn(this.buckets, bucket) ? this.buckets[bucket] : undefined;
  }

  private create(more: S3ClientConfig = {}): S3Client {
    const client = new S3Client({ ...this.config, ...more });
    client.middlewareStack.add(
      (next) => (args) => {
        const { owner, requesterPays } = this.accessOf((args.input as { Bucket?: string }).Bucket) ?? {};
        const added = {
          ...(owner && { ExpectedBucketOwner: owner }),
          ...(requesterPays && { RequestPayer: 'requester' as const }),
        };
        return next({ ...args, input: { ...args.input, ...added } });
      },
      { step: 'initialize', name: 'bucketAccess' },
    );
    this.prepare(client);
    return client;
  }
}

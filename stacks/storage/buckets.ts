/** The existing buckets beside the deployment's own: how each is reached, and what roles may do there. */
import { PREFIXES } from '../../runtime/prefixes';
import type { BucketAccesses } from '../../runtime/s3/bucket-access';
import type { Names } from '../core/names';
import type { Statement } from '../core/service-role';
import type { Config } from '../settings/complete-config';
import { type ExistingBucket, parseExistingBucket } from '../settings/existing-bucket';
import type { Storage } from './storage';

export interface BucketsProps {
  names: Names;
  config: Pick<Config, 'region' | 'readBuckets' | 'outputBucket'>;
  storage: Storage;
}

type Condition = Statement['Condition'];

export class Buckets {
  /** Names of the buckets that objects may come from, the deployment's own first. */
  readonly sources: string[];
  /** Where outputs go. */
  readonly outputBucketName: string;
  /** Of every bucket but the deployment's own, by name. */
  readonly accesses: BucketAccesses;
  private readonly reads: ExistingBucket[];
  private readonly output?: ExistingBucket;

  constructor(private readonly props: BucketsProps) {
    const { readBuckets = [], outputBucket } = props.config;
    const { bucketName } = props.storage;
    this.reads = readBuckets.map(parseExistingBucket);
    this.output = outputBucket === undefined ? undefined : parseExistingBucket(outputBucket);
    this.sources = [bucketName, ...this.reads.map(({ name }) => name)];
    this.outputBucketName = this.output?.name ?? bucketName;
    const all = [...this.reads, ...(this.output ? [this.output] : [])];
    this.accesses = Object.fromEntries(all.map((each) => [each.name, this.accessOf(each)]));
  }

  /** If outputs go to a bucket of their own, the deployment's bucket has none. */
  get ownHasOutputs(): boolean {
    return this.output === undefined;
  }

  /** Reading the objects of the other buckets. */
  get readStatements(): Statement[] {
    const owners = [...new Set(this.reads.map(({ owner }) => owner))];
    const statements = owners.flatMap((owner) => {
      const arns = this.reads.filter((each) => each.owner === owner).map(({ name }) => this.arn(name));
      const whose = owner === undefined ? 'OwnAccount' : owner === 'any' ? 'AnyAccount' : owner;
      const condition = this.ownedBy(owner);
      return [
        {
          Sid: `ReadObjectsOf${whose}`,
          Action: ['s3:GetObject'],
          Resource: arns.map((arn) => `${arn}/*`),
          ...condition,
        },
        { Sid: `ListBucketsOf${whose}`, Action: ['s3:ListBucket'], Resource: arns, ...condition },
      ];
    });
    const keys = [...new Set(this.reads.flatMap(({ keyArn }) => keyArn ?? []))];
    if (keys.length === 0) return statements;
    return [...statements, { Sid: 'DecryptObjects', Action: ['kms:Decrypt'], Resource: keys }];
  }

  /** Looking at the outputs in a bucket of their own. */
  get lookAtOutputsStatements(): Statement[] {
    if (!this.output) return [];
    const { name, owner, keyArn } = this.output;
    const condition = this.ownedBy(owner);
    return [
      { Sid: 'ReadOutputs', Action: ['s3:GetObject'], Resource: this.outputsArn, ...condition },
      // Without it, S3 answers 403 rather than 404 for an output that does not exist.
      { Sid: 'TellMissingOutputs', Action: ['s3:ListBucket'], Resource: this.arn(name), ...condition },
      ...(keyArn ? [{ Sid: 'DecryptOutputs', Action: ['kms:Decrypt'], Resource: keyArn }] : []),
    ];
  }

  /** Writing outputs, and nothing else. */
  get writeOutputsStatements(): Statement[] {
    const keyArn = this.output?.keyArn;
    return [
      {
        Sid: 'WriteOutputs',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: this.outputsArn,
        ...(this.output && this.ownedBy(this.output.owner)),
      },
      ...(keyArn ? [{ Sid: 'EncryptOutputs', Action: ['kms:GenerateDataKey'], Resource: keyArn }] : []),
    ];
  }

  private get outputsArn(): string {
    const arn = this.output ? this.arn(this.output.name) : this.props.storage.bucketArn;
    return `${arn}/${PREFIXES.output}*`;
  }

  /** Named rather than read, since another account may not let the deployer look at its bucket. */
  private arn(bucket: string): string {
    return `arn:${this.props.names.partition}:s3:::${bucket}`;
  }

  /** Undefined if the owner is not checked. */
  private ownerOf(owner: ExistingBucket['owner']): string | undefined {
    return owner === 'any' ? undefined : (owner ?? this.props.names.account);
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
  private ownedBy(owner: ExistingBucket['owner']): { Condition: Condition } | undefined {
    const account = this.ownerOf(owner);
    return account === undefined
      ? undefined
      : { Condition: { StringEquals: { 's3:ResourceAccount': account } } };
  }

  private accessOf({ region, owner, requesterPays }: ExistingBucket): BucketAccesses[string] {
    const account = this.ownerOf(owner);
    return {
      ...(region !== undefined && region !== this.props.config.region && { region }),
      ...(account && { owner: account }),
      ...(requesterPays && { requesterPays }),
    };
  }
}

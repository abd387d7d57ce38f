/** Reads whose true answer is known: of a new bucket, of an object in one, and of the stack's settings. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { BUCKET as Bucket, errorOf, startServer, type TestServer } from './server';

const OWNER = '000000000000';
const RULE = { ID: 'expire', Status: 'Enabled', Filter: { Prefix: 'results/' }, Expiration: { Days: 7 } };
const POLICY = JSON.stringify({
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' }],
});

// biome-ignore lint/suspicious/noExplicitAny: commands of many types are in one table.
type Command = new (input: any) => any;
type Case = [command: Command, expected: object | [code: string, status: number], input?: object];

const NEW_BUCKET: Case[] = [
  [sdk.GetBucketVersioningCommand, {}],
  [sdk.GetBucketLoggingCommand, {}],
  [sdk.GetBucketNotificationConfigurationCommand, {}],
  [sdk.GetBucketAccelerateConfigurationCommand, {}],
  [sdk.GetBucketRequestPaymentCommand, { Payer: 'BucketOwner' }],
  [sdk.GetBucketAbacCommand, { AbacStatus: { Status: 'Disabled' } }],
  [
    sdk.GetPublicAccessBlockCommand,
    {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    },
  ],
  [
    sdk.GetBucketOwnershipControlsCommand,
    { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } },
  ],
  [
    sdk.GetBucketEncryptionCommand,
    {
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
      },
    },
  ],
  [sdk.GetBucketPolicyCommand, ['NoSuchBucketPolicy', 404]],
  [sdk.GetBucketPolicyStatusCommand, ['NoSuchBucketPolicy', 404]],
  [sdk.GetBucketTaggingCommand, ['NoSuchTagSet', 404]],
  [sdk.GetBucketLifecycleConfigurationCommand, ['NoSuchLifecycleConfiguration', 404]],
  [sdk.GetBucketCorsCommand, ['NoSuchCORSConfiguration', 404]],
  [sdk.GetBucketWebsiteCommand, ['NoSuchWebsiteConfiguration', 404]],
  [sdk.GetBucketReplicationCommand, ['ReplicationConfigurationNotFoundError', 404]],
  [sdk.GetObjectLockConfigurationCommand, ['ObjectLockConfigurationNotFoundError', 404]],
  [sdk.ListBucketAnalyticsConfigurationsCommand, { IsTruncated: false }],
  [sdk.ListBucketIntelligentTieringConfigurationsCommand, { IsTruncated: false }],
  [sdk.ListBucketInventoryConfigurationsCommand, { IsTruncated: false }],
  [sdk.ListBucketMetricsConfigurationsCommand, { IsTruncated: false }],
  [sdk.GetBucketAnalyticsConfigurationCommand, ['NoSuchConfiguration', 404], { Id: 'a' }],
  [sdk.GetBucketIntelligentTieringConfigurationCommand, ['NoSuchConfiguration', 404], { Id: 'a' }],
  [sdk.GetBucketInventoryConfigurationCommand, ['NoSuchConfiguration', 404], { Id: 'a' }],
  [sdk.GetBucketMetricsConfigurationCommand, ['NoSuchConfiguration', 404], { Id: 'a' }],
];

const SET_BY_STACK: Case[] = [
  [sdk.GetBucketTaggingCommand, { TagSet: [{ Key: 'Project', Value: 'a & b' }] }],
  [sdk.GetBucketPolicyCommand, { Policy: POLICY }],
  [sdk.GetBucketPolicyStatusCommand, { PolicyStatus: { IsPublic: false } }],
  [sdk.GetBucketLifecycleConfigurationCommand, { Rules: [RULE] }],
  [sdk.GetPublicAccessBlockCommand, { PublicAccessBlockConfiguration: { BlockPublicAcls: false } }],
  [sdk.GetBucketLocationCommand, { LocationConstraint: 'eu-central-1' }],
  [sdk.GetBucketRequestPaymentCommand, { Payer: 'Requester' }],
];

const OBJECT: Case[] = [
  [sdk.GetObjectTaggingCommand, { TagSet: [] }],
  [sdk.GetObjectRetentionCommand, ['InvalidRequest', 400]],
  [sdk.GetObjectLegalHoldCommand, ['InvalidRequest', 400]],
  [
    sdk.GetObjectAttributesCommand,
    {
      ETag: '5d41402abc4b2a76b9719d911017c592',
      ObjectSize: 5,
      StorageClass: 'STANDARD',
      Checksum: { ChecksumCRC32: 'NhCmhg==', ChecksumType: 'FULL_OBJECT' },
    },
    { ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'] },
  ],
  [sdk.GetObjectAttributesCommand, { ObjectSize: 5 }, { ObjectAttributes: ['ObjectSize'] }],
  [sdk.GetObjectAttributesCommand, ['InvalidArgument', 400], { ObjectAttributes: ['Size'] }],
];

describe('S3 answers', () => {
  let server: TestServer;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 's3-answers-'));
    server = await startServer({
      account: OWNER,
      buckets: {
        [Bucket]: { folder: join(folder, 'new'), owner: OWNER },
        set: {
          folder: join(folder, 'set'),
          owner: OWNER,
          region: 'eu-central-1',
          requesterPays: true,
          settings: {
            tags: { Project: 'a & b' },
            policy: POLICY,
            lifecycle: { Rule: [RULE] },
            publicAccessBlock: { BlockPublicAcls: false },
          },
        },
        theirs: { folder: join(folder, 'theirs'), owner: '111122223333' },
      },
    });
    await server.client.send(
      new sdk.PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', ChecksumAlgorithm: 'CRC32' }),
    );
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  for (const [what, cases, more] of [
    ['for a new bucket', NEW_BUCKET, {}],
    ["for the stack's settings", SET_BY_STACK, { Bucket: 'set' }],
    ['for an object', OBJECT, { Key: 'a' }],
  ] as const) {
    for (const [Command, expected, input] of cases) {
      it(`${what}: ${Command.name.replace('Command', '')} ${Object.values(input ?? {})}`, async () => {
        const sent = server.client.send(new Command({ Bucket, ...more, ...input }));
        if (Array.isArray(expected)) {
          expect(await errorOf(sent)).to.deep.equal(expected);
          return;
        }
        const {
          $metadata: _,
          LastModified: __,
          ...answer
        } = (await sent) as object as Record<string, unknown>;
        const given = Object.entries(answer).filter(([, value]) => value !== undefined);
        expect(Object.fromEntries(given)).to.deep.equal(expected);
      });
    }
  }

  it('for the owner of a bucket, an object and a listing: the same', async () => {
    const { client } = server;
    const bucket = await client.send(new sdk.GetBucketAclCommand({ Bucket }));
    const object = await client.send(new sdk.GetObjectAclCommand({ Bucket, Key: 'a' }));
    const ID = bucket.Owner?.ID ?? '';
    expect(ID).to.match(/^[\da-f]{64}$/);
    const grants = [{ Grantee: { ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }];
    for (const { Owner, Grants } of [bucket, object])
      expect({ Owner, Grants }).to.deep.equal({ Owner: { ID }, Grants: grants });
    const { Contents } = await client.send(new sdk.ListObjectsCommand({ Bucket }));
    expect(Contents?.[0]?.Owner?.ID).to.equal(ID);
    expect((await client.send(new sdk.ListBucketsCommand({}))).Owner?.ID).to.equal(ID);
  });

  it('ListBuckets with the buckets of the account, by prefix, region and pages', async () => {
    const names = async (input: sdk.ListBucketsCommandInput) => {
      const { Buckets = [], ContinuationToken } = await server.client.send(new sdk.ListBucketsCommand(input));
      return [Buckets.map(({ Name }) => Name).join(), ContinuationToken];
    };
    expect(await names({})).to.deep.equal([`${Bucket},set`, undefined]);
    expect(await names({ Prefix: 's' })).to.deep.equal(['set', undefined]);
    expect(await names({ BucketRegion: 'us-east-1' })).to.deep.equal([Bucket, undefined]);
    const [first, token] = await names({ MaxBuckets: 1 });
    expect(first).to.equal(Bucket);
    expect(await names({ MaxBuckets: 1, ContinuationToken: token })).to.deep.equal(['set', undefined]);
  });

  it('CreateBucket with the owner of the name, and makes no bucket', async () => {
    const create = (name: string) => server.client.send(new sdk.CreateBucketCommand({ Bucket: name }));
    expect((await create(Bucket)).Location).to.equal(`/${Bucket}`);
    expect(await errorOf(create('set'))).to.deep.equal(['BucketAlreadyOwnedByYou', 409]);
    expect(await errorOf(create('theirs'))).to.deep.equal(['BucketAlreadyExists', 409]);
    expect((await failure(create('new'))).message).to.contain('CreateBucket new');
    expect(await errorOf(server.client.send(new sdk.HeadBucketCommand({ Bucket: 'new' })))).to.deep.equal([
      'NotFound',
      404,
    ]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { Stack } from '../../../../local/core/stack/stack';
import { settingsOf } from '../../../../local/services/s3/stack-settings';
import { BUCKET as Bucket, startServer, type TestServer } from './server';

/** A resource as CDKTF writes it. */
const DOCUMENT = {
  provider: { aws: [{ region: 'us-east-1', default_tags: [{ tags: { Project: 'batch', Team: 'all' } }] }] },
  resource: {
    aws_s3_bucket: { data: { bucket: 'own', tags: { Team: 'ours' } } },
    aws_s3_bucket_public_access_block: {
      data: { bucket: '${aws_s3_bucket.data.id}', block_public_acls: true, restrict_public_buckets: false },
    },
    aws_s3_bucket_ownership_controls: {
      data: { bucket: '${aws_s3_bucket.data.id}', rule: { object_ownership: 'BucketOwnerPreferred' } },
    },
    aws_s3_bucket_server_side_encryption_configuration: {
      data: {
        bucket: '${aws_s3_bucket.data.id}',
        rule: [
          { apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: 'key' } },
        ],
      },
    },
    aws_s3_bucket_lifecycle_configuration: {
      data: {
        bucket: '${aws_s3_bucket.data.id}',
        rule: [
          {
            id: 'parts',
            status: 'Enabled',
            filter: [{ prefix: '' }],
            abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }],
          },
          { id: 'results', status: 'Enabled', filter: [{ prefix: 'results/' }], expiration: [{ days: 7 }] },
        ],
      },
    },
    aws_s3_bucket_policy: { data: { bucket: '${aws_s3_bucket.data.id}', policy: '{"Statement":[]}' } },
  },
};

describe("the settings of the stack's bucket", () => {
  let folder: string;
  let stack: Stack;
  let server: TestServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 's3-settings-'));
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(DOCUMENT));
    stack = new Stack(folder);
    const settings = settingsOf(stack, 'own');
    server = await startServer({ buckets: { [Bucket]: { folder: join(folder, 'bucket'), settings } } });
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('are those that clients of S3 read', async () => {
    const { client } = server;
    expect((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).to.have.deep.members([
      { Key: 'Project', Value: 'batch' },
      { Key: 'Team', Value: 'ours' },
    ]);
    const access = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(access.PublicAccessBlockConfiguration).to.deep.equal({
      BlockPublicAcls: true,
      RestrictPublicBuckets: false,
    });
    const ownership = await client.send(new GetBucketOwnershipControlsCommand({ Bucket }));
    expect(ownership.OwnershipControls?.Rules).to.deep.equal([{ ObjectOwnership: 'BucketOwnerPreferred' }]);
    const encryption = await client.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(encryption.ServerSideEncryptionConfiguration?.Rules).to.deep.equal([
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'key' } },
    ]);
    const lifecycle = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(lifecycle.Rules).to.deep.equal([
      {
        ID: 'parts',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
      { ID: 'results', Status: 'Enabled', Filter: { Prefix: 'results/' }, Expiration: { Days: 7 } },
    ]);
    expect((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy).to.equal('{"Statement":[]}');
  });

  it('do not apply to a bucket that the stack does not make', () => {
    const none = Object.values(settingsOf(stack, 'other')).filter((each) => each !== undefined);
    expect(none).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { type Applied, apply, attributesOf, resourceOf } from '../synthesize';

const PARTS = [
  'aws_s3_bucket_public_access_block.data',
  'aws_s3_bucket_ownership_controls.data',
  'aws_s3_bucket_server_side_encryption_configuration.data',
  'aws_s3_bucket_lifecycle_configuration.data',
  'aws_s3_bucket_policy.data',
];

describe('the bucket', () => {
  let stack: Applied;
  before(() => {
    stack = apply();
  });
  const part = (type: string) => attributesOf(stack, `aws_s3_bucket_${type}.data`);

  it('is one of its own in account and region, and keeps its objects when the stack is destroyed', () => {
    expect(attributesOf(stack, 'aws_s3_bucket.data')).to.deep.include({
      bucket: 'batch-processor-000000000000-us-east-1',
      force_destroy: false,
    });
    for (const address of PARTS) {
      expect(attributesOf(stack, address).bucket, address).to.equal(
        attributesOf(stack, 'aws_s3_bucket.data').id,
      );
    }
  });

  it('is private, no matter what an object or a policy says', () => {
    expect(part('public_access_block')).to.include({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(part('ownership_controls').rule.object_ownership).to.equal('BucketOwnerEnforced');
  });

  it('encrypts its objects with keys of S3', () => {
    expect(part('server_side_encryption_configuration').rule).to.deep.equal([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
    ]);
  });

  it('refuses requests without TLS, to itself and its objects, from everybody', () => {
    const arn = 'arn:aws:s3:::batch-processor-000000000000-us-east-1';
    expect(JSON.parse(part('policy').policy)).to.deep.equal({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [arn, `${arn}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    });
  });

  it('deletes the parts of any upload that has not completed after a day: a worker that dies leaves some', () => {
    const [rule, ...others] = part('lifecycle_configuration').rule;
    expect(others).to.deep.equal([]);
    expect(rule.id).to.be.a('string').and.not.equal('');
    expect(rule).to.deep.include({
      status: 'Enabled',
      filter: [{ prefix: '' }],
      abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }],
    });
    expect(rule).not.to.have.any.keys('expiration', 'transition');
  });

  it('keeps results and manifests as long as a setting says, and outputs forever', () => {
    const set = apply({ BATCH_RESULTS_RETENTION_DAYS: '30' });
    const [, ...rules] = attributesOf(set, 'aws_s3_bucket_lifecycle_configuration.data').rule;
    const rule = (id: string, prefix: string) => ({
      id,
      status: 'Enabled',
      filter: [{ prefix }],
      expiration: [{ days: 30 }],
    });
    expect(rules).to.deep.equal([rule('expire-results', 'results/'), rule('expire-manifests', 'manifests/')]);
  });

  it('gets its policy after its public access block: S3 refuses two such changes at a time', () => {
    expect(resourceOf(stack, 'aws_s3_bucket_policy.data').depends_on).to.deep.equal([
      'aws_s3_bucket_public_access_block.data',
    ]);
  });

  it('is not changed if it exists: the stack reads it, so that a plan fails if it is missing', () => {
    const existing = apply({ BATCH_BUCKET: 'my-data' });
    expect(Object.keys(existing.resources).filter((address) => address.startsWith('aws_s3_'))).to.deep.equal(
      [],
    );
    expect(attributesOf(existing, 'aws_s3_bucket.data').bucket).to.equal('my-data');
    expect(existing.outputs).to.include({ bucket_name: 'my-data', bucket_is_managed: false });
  });
});

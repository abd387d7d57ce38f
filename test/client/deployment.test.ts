import { expect } from 'chai';
import { BatchProcessor, InvalidDeploymentError } from '../../client';

const VALUES = {
  region: 'eu-west-1',
  stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:nightly',
  bucketName: 'my-data',
};
const BUCKETS = {
  sourceBuckets: ['my-data', 'archive'],
  outputBucketName: 'made',
  bucketAccesses: { archive: { owner: '111122223333', region: 'us-west-2' }, made: {} },
};
const FLEET = {
  instanceType: 'm6g.large',
  spot: true,
  diskGiB: 50,
  publicIp: false,
  slotsPerWorker: 2,
  maxWorkers: 9,
};
const OUTPUTS = {
  region: VALUES.region,
  state_machine_arn: VALUES.stateMachineArn,
  bucket_name: VALUES.bucketName,
  source_buckets: JSON.stringify(BUCKETS.sourceBuckets),
  output_bucket_name: BUCKETS.outputBucketName,
  bucket_accesses: JSON.stringify(BUCKETS.bucketAccesses),
  cluster_name: 'nightly',
  service_name: 'workers',
  fleet_facts: JSON.stringify(FLEET),
  worker_log_group: '/nightly/worker',
  output_prefix: 'made/',
  results_prefix: 'outcomes/',
  manifests_prefix: 'lists/',
  processor: 'checksum',
  processors: '{"gzip":{"error":"gone"}}',
  processor_environment_hash: '0123456789abcdef',
};
const DEPLOYMENT = {
  ...VALUES,
  ...BUCKETS,
  clusterName: 'nightly',
  serviceName: 'workers',
  fleet: FLEET,
  workerLogGroup: '/nightly/worker',
  outputPrefix: 'made/',
  resultsPrefix: 'outcomes/',
  manifestsPrefix: 'lists/',
  processor: 'checksum',
  processors: { gzip: { error: 'gone' } },
  processorEnvironment: '0123456789abcdef',
};

describe('connecting to a deployment', () => {
  it('needs region, state machine and bucket, and knows the prefixes', async () => {
    const batch = BatchProcessor.connect(VALUES, { maxAttempts: 7 });
    expect(batch.deployment).to.deep.equal({
      ...VALUES,
      sourceBuckets: ['my-data'],
      outputBucketName: 'my-data',
      bucketAccesses: {},
      outputPrefix: 'processed/',
      resultsPrefix: 'results/',
      manifestsPrefix: 'manifests/',
    });
    expect(batch.locate('a/b')).to.equal('s3://my-data/a/b');
    expect(batch.locate('a/b', 'archive')).to.equal('s3://archive/a/b');
    for (const { config } of Object.values(batch.clients)) {
      expect(await config.region()).to.equal('eu-west-1');
      expect(await config.maxAttempts()).to.equal(7);
    }
  });

  it('accepts the outputs of the stack as plain values, or as `terraform output -json` prints them', () => {
    expect(BatchProcessor.fromOutputs(OUTPUTS).deployment).to.deep.equal(DEPLOYMENT);
    const printed = Object.entries(OUTPUTS).map(([name, value]) => [
      name,
      { sensitive: false, type: 'string', value },
    ]);
    expect(BatchProcessor.fromOutputs(Object.fromEntries(printed)).deployment).to.deep.equal(DEPLOYMENT);
  });

  it('accepts the outputs of a stack without processors, and names those that are not JSON', () => {
    const { processor: _, processors: __, ...outputs } = OUTPUTS;
    expect(BatchProcessor.fromOutputs(outputs).deployment).not.to.have.property('processors');
    expect(() => BatchProcessor.fromOutputs({ ...OUTPUTS, processors: '{' })).to.throw(
      InvalidDeploymentError,
      /^The output processors is not JSON \(.*\): give the outputs of the stack as they are\.$/,
    );
  });

  it('knows where the outputs of an input are', () => {
    const batch = BatchProcessor.fromOutputs(OUTPUTS);
    expect(batch.outputPrefix({})).to.equal('made/');
    expect(batch.outputPrefix({ processor: 'checksum' })).to.equal('made/');
    expect(batch.outputPrefix({ processor: 'gzip' })).to.equal('made/gzip/');
    expect(batch.outputPrefix({ processor: 'gzip', output_prefix: 'made/a/' })).to.equal('made/a/');
    expect(batch.outputPrefix({ bucket: 'archive' })).to.equal('made/archive/');
    expect(batch.outputPrefix({ bucket: 'archive', processor: 'gzip' })).to.equal('made/gzip/archive/');
    expect(batch.outputPrefix({ bucket: 'my-data' })).to.equal('made/');
  });

  it("has a client for each bucket's region", async () => {
    const batch = BatchProcessor.fromOutputs(OUTPUTS);
    expect(await batch.s3Of('archive').config.region()).to.equal('us-west-2');
    expect(batch.s3Of('my-data')).to.equal(batch.clients.s3);
    batch.close();
  });

  const mistakes: [string, Record<string, unknown>, RegExp][] = [
    ['no region', { region: undefined }, /^region is not set/],
    ['no bucket', { bucketName: '' }, /^bucketName is not set/],
    ['a region that is not a text', { region: 1 }, /^region is not set/],
    ['no state machine', { stateMachineArn: undefined }, /^stateMachineArn is not set/],
    [
      "another resource's ARN",
      { stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:activity:tasks' },
      /^stateMachineArn is "arn:.*:tasks": give arn:aws:states:/,
    ],
    [
      "another region's state machine",
      { region: 'us-east-1' },
      /^region is "us-east-1", but .* in eu-west-1/,
    ],
    [
      'a prefix without a slash',
      { resultsPrefix: 'results' },
      /^resultsPrefix is "results": end it with "\/"\.$/,
    ],
  ];
  for (const [what, values, message] of mistakes) {
    it(`refuses ${what}, and names it`, () => {
      expect(() => BatchProcessor.connect({ ...VALUES, ...values } as typeof VALUES)).to.throw(
        InvalidDeploymentError,
        message,
      );
    });
  }

  it('names the output that is missing', () => {
    const { bucket_name: _, ...outputs } = OUTPUTS;
    expect(() => BatchProcessor.fromOutputs(outputs)).to.throw(
      InvalidDeploymentError,
      /no output bucket_name/,
    );
    // `cdktf output --outputs-file` has a level for the stack's name.
    expect(() => BatchProcessor.fromOutputs({ nightly: OUTPUTS })).to.throw(
      InvalidDeploymentError,
      /no output region: give the outputs of one stack/,
    );
  });
});

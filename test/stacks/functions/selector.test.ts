import { expect } from 'chai';
import { hashEnvironment } from '../../../runtime/provenance';
import { stateOf } from '../../asl/asl';
import { type Applied, apply, attributesOf } from '../synthesize';

const ADDRESS = 'aws_lambda_function.selector';

describe('the selector', () => {
  let stack: Applied;
  before(() => {
    stack = apply();
  });

  it('has time for a call and for writing its state, and less than the workflow waits', () => {
    const { timeout, memory_size } = attributesOf(stack, ADDRESS);
    expect({ timeout, memory_size }).to.deep.equal({ timeout: 120, memory_size: 256 });
    expect(stateOf('Select').TimeoutSeconds).to.be.greaterThan(timeout);
  });

  it('knows its bucket, and the environment of processors by a hash only', () => {
    const variables = (of: Applied) => attributesOf(of, ADDRESS).environment.variables;
    expect(variables(stack)).to.include({
      BUCKET: attributesOf(stack, 'aws_s3_bucket.data').bucket,
      PROCESSOR_ENVIRONMENT_HASH: '',
    });
    const added = variables(apply({ BATCH_PROCESSOR_ENVIRONMENT: '{"SIMULATE_SECONDS":"0.5","A":"1"}' }));
    expect(added.PROCESSOR_ENVIRONMENT_HASH).to.equal(
      hashEnvironment({ A: '1', SIMULATE_SECONDS: '0.5' }, ['A', 'SIMULATE_SECONDS']),
    );
    expect(added).not.to.have.any.keys('A', 'SIMULATE_SECONDS');
  });

  it('reads only the prefixes of objects, outputs and manifests', () => {
    const policyOf = (of: Applied) =>
      JSON.parse(of.resources['aws_iam_role_policy.selector']?.policy).Statement;
    const read = (of: Applied) =>
      policyOf(of).find(({ Action }: { Action: string[] }) => Action.includes('s3:GetObject'));
    const { arn } = attributesOf(stack, 'aws_s3_bucket.data');
    expect(read(stack).Resource).to.equal(`${arn}/*`);
    expect(read(apply({ BATCH_READ_PREFIXES: 'data/,in/' })).Resource).to.deep.equal(
      ['data/', 'in/', 'processed/', 'manifests/'].map((prefix) => `${arn}/${prefix}*`),
    );
  });
});

/** How the parts of a deployment know its other buckets. */
import { expect } from 'chai';
import { apply, attributesOf, workerContainer } from '../synthesize';

const SETTINGS = {
  BATCH_READ_BUCKETS: 'archive, theirs owner=111122223333 region=eu-west-1 requester-pays, open owner=any',
  BATCH_OUTPUT_BUCKET: 'made region=us-east-1',
};
const ACCOUNT = '000000000000';
const OWN = `batch-processor-${ACCOUNT}-us-east-1`;
const ACCESSES = {
  archive: { owner: ACCOUNT },
  theirs: { region: 'eu-west-1', owner: '111122223333', requesterPays: true },
  open: {},
  made: { owner: ACCOUNT },
};

describe('the other buckets of a deployment', () => {
  it('are known to workers, selector and clients by owner, region and payer', () => {
    const stack = apply(SETTINGS);
    expect(JSON.parse(String(stack.outputs.bucket_accesses))).to.deep.equal(ACCESSES);
    expect(JSON.parse(String(stack.outputs.source_buckets))).to.deep.equal([
      OWN,
      'archive',
      'theirs',
      'open',
    ]);
    expect(stack.outputs.output_bucket_name).to.equal('made');
    const { variables } = attributesOf(stack, 'aws_lambda_function.selector').environment;
    expect(JSON.parse(variables.BUCKET_ACCESSES)).to.deep.equal(ACCESSES);
  });

  it("are in the worker's environment, and in the workflow's rules", () => {
    const stack = apply(SETTINGS);
    const { environment } = workerContainer(stack);
    const { value } = environment.find(({ name }: { name: string }) => name === 'BUCKET_ACCESSES');
    expect(Object.keys(JSON.parse(value))).to.deep.equal(Object.keys(ACCESSES));
    const { definition } = attributesOf(stack, 'aws_sfn_state_machine.workflow');
    const { States } = JSON.parse(definition);
    expect(JSON.stringify(States.ValidateInput)).to.include(`$split('${OWN}, archive, theirs, open', ', ')`);
    expect(States.ProcessPrefix.ItemBatcher.BatchInput.output_bucket).to.equal('made');
    expect(States.ProcessPrefix.ItemReader.Arguments.Bucket).to.equal(OWN);
    expect(States.ProcessPrefix.ResultWriter.Arguments.Bucket).to.equal(OWN);
  });

  it('are not made, changed or read by Terraform', () => {
    const { resources, data } = apply(SETTINGS);
    const addresses = Object.keys({ ...resources, ...data }).filter((address) => /s3_/.test(address));
    for (const address of addresses) expect(address).to.match(/^aws_s3_\w+\.data$/);
    expect(addresses.filter((address) => /^aws_s3_bucket\./.test(address))).to.have.length(1);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalCloudError } from '../../../../local/core/errors';
import { evaluateTemplate, type Value } from '../../../../local/core/stack/expressions';
import { Stack } from '../../../../local/core/stack/stack';
import { writeFixture } from '../../support/fixture-stack';

const objects: Record<string, Value> = {
  'aws_s3_bucket.data': { bucket: 'b', tags: { Name: 'n' }, rules: [{ id: 'one' }, { id: 'two' }] },
};
const evaluate = (template: string) =>
  evaluateTemplate(template, (path) => ({ value: objects[path.slice(0, 2).join('.')], used: 2 }));

describe("the stack's expressions", () => {
  it('keep the type of a template that is one reference, and concatenate text otherwise', () => {
    expect(evaluate('${aws_s3_bucket.data.rules}')).to.deep.equal([{ id: 'one' }, { id: 'two' }]);
    expect(evaluate('arn:${aws_s3_bucket.data.bucket}/*')).to.equal('arn:b/*');
    expect(evaluate('$${kept} and %%{kept}')).to.equal('${kept} and %{kept}');
  });

  it('index and look into maps', () => {
    expect(evaluate('${aws_s3_bucket.data.rules[1].id}')).to.equal('two');
    expect(evaluate('${aws_s3_bucket.data.rules.0.id}')).to.equal('one');
    expect(evaluate('${aws_s3_bucket.data.tags["Name"]}')).to.equal('n');
  });

  it('are refused if the local cloud does not know them', () => {
    for (const expression of [
      '${cidrsubnet("10.0.0.0/16", 8, 1)}',
      'x ${join(",", aws_s3_bucket.data.rules)}',
      '${aws_s3_bucket.data.rules[*].id}',
      '${[for x in y : x]}',
      '${merge({}, {a = 1})}',
      '%{ if true }x%{ endif }',
    ])
      expect(() => evaluate(expression), expression).to.throw(LocalCloudError, 'cannot evaluate');
    expect(() => evaluate('${aws_s3_bucket.data.nope}')).to.throw(
      LocalCloudError,
      'does not know its attribute nope',
    );
    expect(() => evaluate('x ${aws_s3_bucket.data.rules}')).to.throw(LocalCloudError, 'needs text');
  });
});

describe('the stack', () => {
  const load = (document: object) => {
    const folder = mkdtempSync(join(tmpdir(), 'stack-test-'));
    try {
      writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(document));
      return new Stack(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const provider = { aws: [{ region: 'eu-west-1' }] };

  it('resolves references between resources, data sources and outputs', () => {
    const fixture = writeFixture();
    const stack = new Stack(fixture.folder);
    fixture.remove();
    const [group] = stack.resources('aws_autoscaling_group');
    const [template] = stack.resources('aws_launch_template');
    expect(group?.attributes.launch_template.id).to.equal(template?.attributes.id);
    expect(Buffer.from(template?.attributes.user_data, 'base64').toString()).to.equal(
      'ECS_CLUSTER=cluster\n',
    );
    expect(stack.outputs()).to.deep.include({
      bucket_name: 'fixture-000000000000',
      worker_image_uri: '000000000000.dkr.ecr.eu-west-1.amazonaws.com/worker:1',
    });
    expect(stack.resources('aws_iam_role_policy')[0]?.attributes.policy).to.contain(
      'arn:aws:s3:::fixture-000000000000/input/*',
    );
  });

  it('refuses unknown parts with an error that names them', () => {
    expect(() => load({ provider, resource: { aws_sqs_queue: { q: {} } } })).to.throw(
      LocalCloudError,
      'aws_sqs_queue (aws_sqs_queue.q)',
    );
    const circle = { a: { bucket: '${aws_s3_bucket.b.id}' }, b: { bucket: '${aws_s3_bucket.a.id}' } };
    expect(() => load({ provider, resource: { aws_s3_bucket: circle } }).resources('aws_s3_bucket')).to.throw(
      'circle',
    );
    expect(() => new Stack(tmpdir())).to.throw(LocalCloudError, 'no synthesized stack');
  });
});

/** The permissions that owners of buckets in other accounts must give: those that the roles need there, as docs/buckets.md shows them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { describeOwnerPolicies } from '../../../scripts/deployment/owner-policies';
import { loadConfig } from '../../../stacks/settings/config';
import { ownerPolicies } from '../../../stacks/storage/owner-policies';
import { apply } from '../synthesize';

const THEIRS = '444455556666';
const CALLER = { accountId: '111122223333', arn: 'arn:aws:iam::111122223333:user/me', partition: 'aws' };
const KEY = `arn:aws:kms:us-east-1:${THEIRS}:key/1234abcd`;
const SETTINGS = {
  BATCH_READ_BUCKETS: `their-data owner=${THEIRS} key=${KEY}, archive, open owner=any`,
  BATCH_OUTPUT_BUCKET: `their-outputs owner=${THEIRS} key=${KEY}`,
};
const policies = (environment: Record<string, string>) =>
  ownerPolicies(loadConfig({ environment, context: {} }), CALLER);

describe('the policies of buckets in other accounts', () => {
  it('are needed only from these owners, and apply to the roles of the deployment', () => {
    expect(policies(SETTINGS).map(({ bucket, owner }) => [bucket, owner])).to.deep.equal([
      ['their-data', THEIRS],
      ['their-outputs', THEIRS],
    ]);
    expect(policies({ BATCH_READ_BUCKETS: 'archive owner=111122223333' })).to.deep.equal([]);
    const names = Object.values(apply().resources).flatMap(({ name }) => name);
    const roles = JSON.stringify(policies(SETTINGS)).match(/(?<=:role\/)[\w-]+/g) ?? [];
    expect(roles).to.include('batch-processor-worker-us-east-1');
    for (const role of roles) expect(names).to.include(role);
  });

  it("allow each role what the role's own policy allows it there, and nothing else", () => {
    const stack = apply(SETTINGS);
    type Statement = { Action: string | string[]; Resource: string | string[]; Condition?: object };
    const flat = (statements: Statement[]) =>
      statements
        .flatMap(({ Action, Resource }) =>
          [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resource}`)),
        )
        .filter((text) => /their-/.test(text))
        .sort();
    for (const role of ['worker', 'selector']) {
      const own = JSON.parse(stack.resources[`aws_iam_role_policy.${role}`]?.policy).Statement;
      const asked = policies(SETTINGS)
        .flatMap(({ bucketStatements }) => bucketStatements as Statement[])
        .filter(({ Condition }) => JSON.stringify(Condition).includes(`-${role}-`));
      expect(flat(asked), role).to.deep.equal(flat(own));
    }
  });

  it('are in docs/buckets.md word for word, and are printed in the same form', () => {
    const docs = readFileSync(join(ROOT, 'docs', 'buckets.md'), 'utf8');
    const [read, written] = policies(SETTINGS);
    for (const statements of [
      read?.bucketStatements,
      read?.keyStatements,
      written?.bucketStatements,
      written?.keyStatements,
    ])
      expect(docs).to.include(JSON.stringify(statements, undefined, 2));
    const printed = describeOwnerPolicies(policies(SETTINGS)).join('\n');
    expect(printed).to.include(JSON.stringify(written?.bucketStatements, undefined, 2));
    expect(printed).to.match(
      /^Account 444455556666 must have these statements in the policy of its bucket their-data:$/m,
    );
  });

  it('are one policy if a bucket is read and written', () => {
    const [both, ...others] = policies({
      BATCH_READ_BUCKETS: `their-data owner=${THEIRS}`,
      BATCH_OUTPUT_BUCKET: `their-data owner=${THEIRS}`,
    });
    expect(others).to.deep.equal([]);
    expect(both?.bucketStatements).to.have.length(5);
    const names = both?.bucketStatements.map((statement) => (statement as { Sid: string }).Sid);
    expect(new Set(names).size).to.equal(5);
  });
});

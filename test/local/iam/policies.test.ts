import { expect } from 'chai';
import { conditionsHold } from '../../../local/iam/conditions';
import type { Role } from '../../../local/iam/document';
import { statementsOf } from '../../../local/iam/document';
import { StackIdentities } from '../../../local/iam/identities';
import { StackPolicies } from '../../../local/iam/policies';
import type { Caller } from '../../../local/service';
import { failure } from '../../support/failure';

const account = '000000000000';
const cluster = `arn:aws:ecs:eu-west-1:${account}:cluster/c`;
const document = (...Statement: object[]) => statementsOf({ Version: '2012-10-17', Statement }, 'test');
const role: Role = {
  name: 'r',
  arn: `arn:aws:iam::${account}:role/r`,
  trust: document({
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': account } },
  }),
  policies: document(
    { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/input/*' },
    { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::locked/*' },
    { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/input/secret/*' },
    { Effect: 'Allow', Action: 'states:SendTaskSuccess', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'ecs:ListTasks',
      Resource: '*',
      Condition: { ArnEquals: { 'ecs:cluster': cluster } },
    },
  ),
};
const locked = document({
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::locked/*',
});
const roles = new Map([['r', role]]);
const caller: Caller = { accessKeyId: 'k', arn: `arn:aws:sts::${account}:assumed-role/r/s`, roleName: 'r' };

describe('the policies', () => {
  const policies = new StackPolicies({
    account,
    region: 'eu-west-1',
    roles,
    bucketPolicies: new Map([['arn:aws:s3:::locked', locked]]),
  });
  const refusal = (action: string, resource: string, conditionKeys?: Record<string, string>) =>
    policies.denial(caller, { action, resources: [resource], conditionKeys });

  it('allow what a statement allows, object by object', () => {
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/input/a')).to.equal(undefined);
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/input/*?${x}')).to.equal(undefined);
    expect(refusal('states:SendTaskSuccess', `arn:aws:states:eu-west-1:${account}:activity:a`)).to.equal(
      undefined,
    );
  });

  it("refuse the rest in AWS's words", () => {
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/other')).to.equal(
      `User: ${caller.arn} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/other because no identity-based policy allows the s3:GetObject action`,
    );
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/input/secret/x')).to.match(
      /explicit deny in an identity-based policy$/,
    );
    expect(refusal('s3:GetObject', 'arn:aws:s3:::locked/x')).to.match(
      /explicit deny in a resource-based policy$/,
    );
    // The decision on one object does not stand for another that the patterns tell apart.
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/input/b')).to.equal(undefined);
  });

  it('evaluate conditions', () => {
    const instance = `arn:aws:ecs:eu-west-1:${account}:container-instance/c/any`;
    expect(refusal('ecs:ListTasks', instance, { 'ecs:cluster': cluster })).to.equal(undefined);
    expect(refusal('ecs:ListTasks', instance, { 'ecs:cluster': `${cluster}2` })).to.be.a('string');
  });

  it('evaluate every operator that the stack may use, and refuse the others by name', () => {
    const holds = (operator: string, expected: string | string[], value?: string) =>
      conditionsHold({ [operator]: { key: expected } }, value === undefined ? {} : { KEY: value });
    expect(holds('StringEquals', ['a', 'b'], 'b')).to.equal(true);
    expect(holds('StringEquals', 'a', 'A')).to.equal(false);
    expect(holds('StringLike', 'data/*', 'data/a/b')).to.equal(true);
    expect(holds('StringLike', 'data/?', 'data/ab')).to.equal(false);
    expect(holds('ArnLike', 'arn:aws:s3:::*', 'arn:aws:s3:::b')).to.equal(true);
    expect(holds('Bool', 'false', 'FALSE')).to.equal(true);
    expect(holds('StringEquals', 'a')).to.equal(false);
    for (const operator of ['StringNotEquals', 'StringEqualsIfExists', 'NumericEquals'])
      expect(() => holds(operator, '1', '1')).to.throw(`${operator} of a policy is not known here`);
    expect(() => document({ Effect: 'Allow', Action: 'a:b', Resource: '*', Until: 1 })).to.throw(
      /policy test.*Until/,
    );
    expect(() => document({ Effect: 'Deny', NotAction: 'a:b', Resource: '*' })).to.throw(/policy test/);
    expect(() => document({ Effect: 'Allow', Action: 'a:b', Resource: '${aws:username}' })).to.throw(
      /variable/,
    );
  });

  it('let the user do everything', () => {
    const user = { accessKeyId: 'k', arn: 'arn:aws:iam::0:user/local' };
    expect(policies.denial(user, { action: 's3:DeleteBucket', resources: ['*'] })).to.equal(undefined);
  });

  it('give a role only to the service that its trust policy names', async () => {
    const identities = new StackIdentities({ account, partition: 'aws', roles, policies });
    const assume = (service: string, session = 's') =>
      identities.credentialsFor(role.arn, { service, sourceArn: 'arn:aws:lambda:::function:f', session });
    const credentials = await assume('lambda.amazonaws.com');
    expect(identities.find(credentials.accessKeyId)?.caller).to.deep.include({
      roleName: 'r',
      arn: caller.arn,
    });
    expect(await assume('lambda.amazonaws.com')).to.equal(credentials);
    expect(await assume('lambda.amazonaws.com', 'other')).to.not.equal(credentials);
    expect((await failure(assume('states.amazonaws.com'))).message).to.contain('trust policy');
  });

  it('renew credentials that are about to expire', async () => {
    const identities = new StackIdentities({
      account,
      partition: 'aws',
      roles,
      policies,
      sessionSeconds: -1,
    });
    const assumer = {
      service: 'lambda.amazonaws.com',
      sourceArn: 'arn:aws:lambda:::function:f',
      session: 's',
    };
    const first = await identities.credentialsFor(role.arn, assumer);
    expect(await identities.credentialsFor(role.arn, assumer)).to.not.equal(first);
    expect(identities.find(first.accessKeyId)?.expiration?.getTime()).to.be.below(Date.now());
  });
});

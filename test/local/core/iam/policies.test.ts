import { expect } from 'chai';
import { conditionsHold } from '../../../../local/core/iam/conditions';
import type { Role } from '../../../../local/core/iam/document';
import { statementsOf } from '../../../../local/core/iam/document';
import { StackIdentities } from '../../../../local/core/iam/identities';
import { StackPolicies } from '../../../../local/core/iam/policies';
import type { Caller } from '../../../../local/core/service';
import { failure } from '../../../support/failure';

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

  it("refuse the rest with AWS's messages", () => {
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/other')).to.equal(
      `User: ${caller.arn} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/other because no identity-based policy allows the s3:GetObject action`,
    );
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/input/secret/x')).to.match(
      /explicit deny in an identity-based policy$/,
    );
    expect(refusal('s3:GetObject', 'arn:aws:s3:::locked/x')).to.match(
      /explicit deny in a resource-based policy$/,
    );
    // The decision on one object does not apply to another object that the patterns distinguish.
    expect(refusal('s3:GetObject', 'arn:aws:s3:::b/input/b')).to.equal(undefined);
  });

  it('evaluate conditions', () => {
    const instance = `arn:aws:ecs:eu-west-1:${account}:container-instance/c/any`;
    expect(refusal('ecs:ListTasks', instance, { 'ecs:cluster': cluster })).to.equal(undefined);
    expect(refusal('ecs:ListTasks', instance, { 'ecs:cluster': `${cluster}2` })).to.be.a('string');
  });

  it('evaluate every operator that the stack may use, and refuse the others with an error that names them', () => {
    const holds = (operator: string, expected: string | string[], value?: string) =>
      conditionsHold({ [operator]: { key: expected } }, value === undefined ? {} : { KEY: value });
    expect(holds('StringEquals', ['a', 'b'], 'b')).to.equal(true);
    expect(holds('StringEquals', 'a', 'A')).to.equal(false);
    expect(holds('StringLike', 'data/*', 'data/a/b')).to.equal(true);
    expect(holds('StringLike', 'data/?', 'data/ab')).to.equal(false);
    expect(holds('ArnLike', 'arn:aws:s3:::*', 'arn:aws:s3:::b')).to.equal(true);
    expect(holds('Bool', 'false', 'FALSE')).to.equal(true);
    expect(holds('StringEquals', 'a')).to.equal(false);
    for (const operator of [
      'StringNot',
      'NotStringEquals',
      'StringEqualsIfexists',
      'NullIfExists',
      'toString',
    ])
      expect(() => holds(operator, '1', '1')).to.throw(`${operator} of a policy is not supported here`);
    expect(() => document({ Effect: 'Allow', Action: 'a:b', Resource: '*', Until: 1 })).to.throw(
      /policy test.*Until/,
    );
  });

  const OPERATORS: Record<string, [expected: string | string[], meets: string, fails: string]> = {
    StringNotEquals: [['a', 'b'], 'c', 'b'],
    StringEqualsIgnoreCase: ['a', 'A', 'b'],
    StringNotEqualsIgnoreCase: ['a', 'b', 'A'],
    StringNotLike: ['data/*', 'other/a', 'data/a'],
    ArnNotLike: ['arn:aws:s3:::b*', 'arn:aws:s3:::c', 'arn:aws:s3:::b1'],
    ArnNotEquals: ['arn:aws:s3:::b', 'arn:aws:s3:::c', 'arn:aws:s3:::b'],
    NumericEquals: ['10', '10.0', '11'],
    NumericNotEquals: ['10', '11', '10'],
    NumericLessThan: ['10', '9', '10'],
    NumericLessThanEquals: ['10', '10', '11'],
    NumericGreaterThan: ['9', '10', '9'],
    NumericGreaterThanEquals: ['9', '9', '8'],
    DateEquals: ['2026-01-01T00:00:00Z', '1767225600', '1767225601'],
    DateLessThan: ['2026-01-01T00:00:00Z', '2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z'],
    DateGreaterThanEquals: ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2025-12-31T00:00:00Z'],
    IpAddress: [['10.0.0.0/8', '::1'], '10.1.2.3', '11.0.0.1'],
    NotIpAddress: ['10.0.0.0/8', '11.0.0.1', '10.1.2.3'],
    BinaryEquals: ['QQ==', 'QQ==', 'qq=='],
    StringEqualsIfExists: ['a', 'a', 'b'],
  };
  for (const [operator, [expected, meets, fails]] of Object.entries(OPERATORS)) {
    it(`evaluate ${operator}`, () => {
      const holds = (values: Record<string, string>) =>
        conditionsHold({ [operator]: { 'x:Key': expected } }, values);
      expect([holds({ 'X:key': meets }), holds({ 'X:key': fails })]).to.deep.equal([true, false]);
      expect(holds({}), 'without the key').to.equal(/Not|IfExists/.test(operator));
    });
  }

  it('evaluate keys with several values, and whether there are any', () => {
    const holds = (operator: string, expected: string | string[], value?: string[]) =>
      conditionsHold({ [operator]: { key: expected } }, value === undefined ? {} : { key: value });
    expect(holds('ForAllValues:StringLike', ['a*', 'b'], ['a1', 'b'])).to.equal(true);
    expect(holds('ForAllValues:StringLike', ['a*', 'b'], ['a1', 'c'])).to.equal(false);
    expect(holds('ForAllValues:StringEquals', 'a')).to.equal(true);
    expect(holds('ForAnyValue:StringEquals', 'a', ['b', 'a'])).to.equal(true);
    expect(holds('ForAnyValue:StringEquals', 'a', ['b'])).to.equal(false);
    expect(holds('ForAnyValue:StringNotEquals', 'a')).to.equal(false);
    expect([holds('Null', 'true'), holds('Null', 'true', ['x'])]).to.deep.equal([true, false]);
    expect([holds('Null', 'false'), holds('Null', 'false', ['x'])]).to.deep.equal([false, true]);
  });

  it('evaluate exceptions of a statement, and variables', () => {
    const statements = document(
      { Effect: 'Allow', NotAction: ['s3:Delete*'], Resource: 'arn:aws:s3:::b/*' },
      { Effect: 'Allow', Action: 's3:DeleteObject', NotResource: 'arn:aws:s3:::b/kept/*' },
      { Effect: 'Allow', Action: 'a:b', Resource: "arn:aws:x:::${aws:PrincipalAccount}/${aws:None, 'd'}" },
      { Effect: 'Allow', Action: 'a:c', Resource: 'arn:aws:x:::${aws:None}' },
      {
        Effect: 'Allow',
        Action: 'a:d',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestedRegion': '${x:r}' } },
      },
    );
    const policies = new StackPolicies({
      account,
      region: 'eu-west-1',
      roles: new Map([['r', { ...role, policies: statements }]]),
      bucketPolicies: new Map(),
    });
    const may = (action: string, resource: string, conditionKeys?: Record<string, string>) =>
      policies.denial(caller, { action, resources: [resource], conditionKeys }) === undefined;
    expect([may('s3:PutObject', 'arn:aws:s3:::b/a'), may('s3:PutObject', 'arn:aws:s3:::c/a')]).to.deep.equal([
      true,
      false,
    ]);
    expect([
      may('s3:DeleteObject', 'arn:aws:s3:::b/a'),
      may('s3:DeleteObject', 'arn:aws:s3:::b/kept/a'),
    ]).to.deep.equal([true, false]);
    expect([may('a:b', `arn:aws:x:::${account}/d`), may('a:b', 'arn:aws:x:::1/d')]).to.deep.equal([
      true,
      false,
    ]);
    expect(may('a:c', 'arn:aws:x:::')).to.equal(false);
    expect([may('a:d', 'x', { 'x:r': 'eu-west-1' }), may('a:d', 'x', { 'x:r': 'other' })]).to.deep.equal([
      true,
      false,
    ]);
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

import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';
import { bootFixture } from '../support/fixture-stack';
import { failure } from '../support/until';

describe('STS', () => {
  const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
  const trusting = (Principal: object) => {
    const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' };
    return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  };
  let cloud: Awaited<ReturnType<typeof bootFixture>>;

  before(async () => {
    const roles = {
      worker: { name: 'worker', assume_role_policy: trusting({ Service: 'ecs-tasks.amazonaws.com' }) },
      function: { name: 'function', assume_role_policy: trusting({ Service: 'lambda.amazonaws.com' }) },
      visitor: {
        name: 'visitor',
        assume_role_policy: trusting({ AWS: 'arn:aws:iam::000000000000:user/local' }),
      },
    };
    cloud = await bootFixture({ resources: { aws_iam_role: roles } });
  });
  after(() => cloud.close());

  it('gives a session of a role to those whom its trust policy names', async () => {
    const sts = new STSClient(cloud.client);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).to.equal(
      'arn:aws:iam::000000000000:user/local',
    );
    const assume = (name: string) =>
      sts.send(new AssumeRoleCommand({ RoleArn: role(name), RoleSessionName: 'me' }));
    const { Credentials, AssumedRoleUser } = await assume('visitor');
    expect(AssumedRoleUser?.Arn).to.equal('arn:aws:sts::000000000000:assumed-role/visitor/me');
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken,
    };
    const visitor = new STSClient({ ...cloud.client, credentials });
    const identity = await visitor.send(new GetCallerIdentityCommand({}));
    expect(identity).to.deep.include({ Arn: AssumedRoleUser?.Arn, Account: '000000000000' });
    expect((await failure(assume('worker'))).name).to.equal('AccessDenied');
  });
});

import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';
import { failure } from '../../../support/failure';
import { bootFixture } from '../../support/fixture-stack';

describe('STS', () => {
  it("gives the caller's identity, and refuses other operations with an error that names them", async () => {
    const cloud = await bootFixture();
    try {
      const sts = new STSClient(cloud.clientConfig);
      const { Arn, Account } = await sts.send(new GetCallerIdentityCommand({}));
      expect({ Arn, Account }).to.deep.equal({
        Arn: 'arn:aws:iam::000000000000:user/local',
        Account: '000000000000',
      });
      const RoleArn = 'arn:aws:iam::000000000000:role/worker';
      const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' });
      expect((await failure(sts.send(assume))).message).to.contain('AssumeRole');
    } finally {
      await cloud.close();
    }
  });
});

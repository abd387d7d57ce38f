import { STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';
import { credentialOptions, programEnvironment } from '../../../../scripts/deployment/account/credentials';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };
const BOTH: NodeJS.ProcessEnv = { ...KEYS, AWS_PROFILE: 'production', PATH: '/bin' };

describe('credentials of two kinds', () => {
  it('are those of the key variables for the SDK, as in the AWS CLI', async () => {
    const client = new STSClient({ region: 'eu-west-1', ...credentialOptions(BOTH) });
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    expect([accessKeyId, secretAccessKey, sessionToken]).to.deep.equal(['AKIA', 'secret', undefined]);
    expect(credentialOptions({ ...BOTH, AWS_SESSION_TOKEN: 'token' }).credentials?.sessionToken).to.equal(
      'token',
    );
  });

  it('use nothing else from the profile', () => {
    expect(credentialOptions(BOTH).profile).to.equal('default');
  });

  it('are those of the key variables for programs, whose environment lacks the profile', () => {
    const before = { ...BOTH };
    expect(programEnvironment(BOTH)).to.deep.equal({ ...KEYS, PATH: '/bin' });
    expect(BOTH).to.deep.equal(before);
  });

  it('are not changed if only one kind is complete', () => {
    for (const environment of [{ AWS_PROFILE: 'p' }, KEYS, { AWS_PROFILE: 'p', AWS_ACCESS_KEY_ID: 'AKIA' }]) {
      expect(credentialOptions(environment)).to.deep.equal({});
      expect(programEnvironment(environment)).to.equal(environment);
    }
  });
});

import { expect } from 'chai';
import { settleCredentials } from '../../../scripts/deployment/credentials';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('credentials of two kinds', () => {
  it('are those of the key variables, for every tool, as in the AWS CLI', () => {
    const environment: NodeJS.ProcessEnv = { ...KEYS, AWS_PROFILE: 'production' };
    settleCredentials(environment);
    expect(environment).to.deep.equal(KEYS);
  });

  it('are left alone where only one kind is complete', () => {
    for (const environment of [{ AWS_PROFILE: 'p' }, KEYS, { AWS_PROFILE: 'p', AWS_ACCESS_KEY_ID: 'AKIA' }]) {
      const before = { ...environment };
      settleCredentials(environment);
      expect(environment).to.deep.equal(before);
    }
  });
});

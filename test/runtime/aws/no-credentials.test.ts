import { expect } from 'chai';
import { fromIni, fromProcess, fromSSO, fromTokenFile } from '../../../runtime/aws/no-credentials';

describe('credentials of a person in a bundle', () => {
  it('do not exist, and the next provider is asked', async () => {
    for (const provider of [fromIni, fromProcess, fromSSO, fromTokenFile]) {
      const error = await provider()().then(
        () => undefined,
        (each) => each,
      );
      expect(error).to.include({ name: 'CredentialsProviderError', tryNextLink: true });
      expect(error.message).to.equal('this provider is not in the bundle');
    }
  });
});

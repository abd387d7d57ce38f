/**
 * Stands in the bundles for the SDK's providers of credentials that only a person's machine has: profiles, single sign-on, programs, and
 * tokens in files. With their clients of SSO and STS they take a third of a bundle, and Node.js reads the whole bundle as it starts. The SDK's
 * chain goes on to the next provider: that of the ECS task, which stands last.
 */
import { CredentialsProviderError } from '@smithy/core/config';

const noCredentials = () => async () => {
  throw new CredentialsProviderError('this provider is not in the bundle', { tryNextLink: true });
};

export {
  noCredentials as fromIni,
  noCredentials as fromProcess,
  noCredentials as fromSSO,
  noCredentials as fromTokenFile,
};

/** The configuration of clients of the local cloud: it sets everything, so no setting of the user applies. */
import type { AwsCredentialIdentity } from '@aws-sdk/types';

interface Access<Credentials> {
  endpoint: string;
  region: string;
  credentials: Credentials;
}

/**
 * For clients of the AWS SDK, those of the local cloud itself among them. Every setting that the SDK would look up in the
 * environment or in the AWS files is given, with the SDK's own default.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export function clientConfig({
  endpoint,
  region,
  credentials,
}: Access<AwsCredentialIdentity | (() => Promise<AwsCredentialIdentity>)>) {
  return {
    endpoint,
    region,
    credentials,
    defaultsMode: 'legacy' as const,
    retryMode: 'standard',
    maxAttempts: 3,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    authSchemePreference: [],
    userAgentAppId: '',
    requestChecksumCalculation: 'WHEN_SUPPORTED' as const,
    responseChecksumValidation: 'WHEN_SUPPORTED' as const,
    useArnRegion: false,
    disableS3ExpressSessionAuth: false,
    disableMultiregionAccessPoints: false,
    accountIdEndpointMode: 'disabled' as const,
    sigv4aSigningRegionSet: [region],
  };
}

/**
 * For AWS clients of any language, as variables. They name empty AWS files, and no endpoint of a kind that the local cloud does
 * not have.
 */
export function clientEnvironment({
  endpoint,
  region,
  credentials,
}: Access<AwsCredentialIdentity>): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_USE_FIPS_ENDPOINT: 'false',
    AWS_USE_DUALSTACK_ENDPOINT: 'false',
  };
}

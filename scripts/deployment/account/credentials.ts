/**
 * One account for every tool. With AWS_PROFILE and key variables together, the SDK for JavaScript takes the profile, but Terraform and the
 * AWS CLI take the keys:
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-authentication.html#cli-chap-authentication-precedence Here every tool
 * takes the keys: the SDK's clients get them as values, and programs get an environment without the profile.
 */

export interface CredentialOptions {
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** In the files of the AWS CLI. */
  profile?: string;
}

/** AWS_PROFILE, if the keys override it. */
export function unusedProfile({
  AWS_PROFILE,
  AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY,
}: NodeJS.ProcessEnv): string | undefined {
  return AWS_PROFILE && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY ? AWS_PROFILE : undefined;
}

/** Options of the SDK's clients. None if the SDK by itself finds what the other tools find. */
export function credentialOptions(environment: NodeJS.ProcessEnv): CredentialOptions {
  if (unusedProfile(environment) === undefined) return {};
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    // A profile has more than credentials, such as an endpoint.
    profile: 'default',
  };
}

/** The environment of a program that finds AWS credentials by itself. */
export function programEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  if (unusedProfile(environment) === undefined) return environment;
  const { AWS_PROFILE: _, ...others } = environment;
  return others;
}

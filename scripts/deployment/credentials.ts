/**
 * One account for every tool. With AWS_PROFILE and key variables together, the SDK for JavaScript takes the profile, but Terraform
 * and the AWS CLI take the keys: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-authentication.html#cli-chap-authentication-precedence
 */
import { tell } from '../cli/terminal';

/** Lets the keys win here as well, and for every program that this process starts. Every client is configured after it. */
export function settleCredentials(environment: NodeJS.ProcessEnv = process.env): void {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environment;
  if (!AWS_PROFILE || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return;
  delete environment.AWS_PROFILE;
  tell([
    `AWS_PROFILE (${AWS_PROFILE}) is not used: AWS_ACCESS_KEY_ID is set, and wins as in the AWS CLI. Unset one of them.`,
  ]);
}

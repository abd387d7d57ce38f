/** The configuration of the scripts' AWS clients. */
import { proxyOptions } from '../../cli/proxy';
import { tell } from '../../cli/terminal';
import { credentialOptions, unusedProfile } from './credentials';

/** Region, the proxy of the environment, and the credentials that every tool uses. `timeouts` in milliseconds, default: the SDK's own. */
export function awsConfig(
  region: string,
  timeouts: { connectionTimeout?: number; requestTimeout?: number; socketTimeout?: number } = {},
) {
  tellUnusedProfile();
  return {
    region,
    ...credentialOptions(process.env),
    requestHandler: { ...proxyOptions(), ...timeouts },
  };
}

let isTold = false;

/** Once, however many clients there are. */
function tellUnusedProfile(): void {
  const profile = unusedProfile(process.env);
  if (isTold || profile === undefined) return;
  isTold = true;
  tell([
    `AWS_PROFILE (${profile}) is not used: AWS_ACCESS_KEY_ID is set, and overrides it, as in the AWS CLI. Unset one of them.`,
  ]);
}

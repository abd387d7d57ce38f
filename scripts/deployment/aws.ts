/** The configuration of the scripts' AWS clients. */
import { proxyOptions } from '../cli/proxy';
import { settleCredentials } from './credentials';

/** Region, the proxy of the environment, and the credentials that every tool uses. `timeouts` in milliseconds, default: the SDK's own. */
export function awsConfig(
  region: string,
  timeouts: { connectionTimeout?: number; requestTimeout?: number; socketTimeout?: number } = {},
) {
  settleCredentials();
  return { region, requestHandler: { ...proxyOptions(), ...timeouts } };
}

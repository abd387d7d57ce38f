/** The configuration of the scripts' AWS clients. */
import { proxyOptions } from '../cli/proxy';

/** Region, and the proxy of the environment. `timeouts` in milliseconds, default: the SDK's own. */
export function awsConfig(
  region: string,
  timeouts: { connectionTimeout?: number; requestTimeout?: number } = {},
) {
  return { region, requestHandler: { ...proxyOptions(), ...timeouts } };
}

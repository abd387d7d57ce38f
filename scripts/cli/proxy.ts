/**
 * The proxy of the user's environment for the AWS SDK's clients, which by themselves use none: HTTPS_PROXY, HTTP_PROXY and NO_PROXY,
 * in capitals or not, as Terraform reads them. proxy-agent chooses and speaks to the proxy; it is the one that AWS's guide names:
 * https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-proxies.html
 */
import type { Agent } from 'node:http';

const VARIABLES = ['https_proxy', 'http_proxy'];
/** Go's HTTP client, Terraform's, reaches these directly whatever NO_PROXY says. https://pkg.go.dev/net/http#ProxyFromEnvironment */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

let createAgent: (() => Agent) | undefined;

/** Loads the library if the environment names a proxy. `runCommand` calls it before anything asks AWS. */
export async function loadProxy(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const isSet = VARIABLES.some((name) => environment[name] || environment[name.toUpperCase()]);
  if (!isSet) return;
  const { ProxyAgent } = await import('proxy-agent');
  createAgent = () => {
    // As many connections as the SDK's own agents allow.
    const agent = new ProxyAgent({ keepAlive: true, maxSockets: 50 });
    const standard = agent.getProxyForUrl;
    agent.getProxyForUrl = (url, request) =>
      LOOPBACK.test(new URL(url).hostname) ? '' : standard(url, request);
    return agent;
  };
}

/** Options of a client's HTTP handler; none without a proxy. Each client ends its own connections. */
export function proxyOptions(): { httpAgent?: Agent; httpsAgent?: Agent } {
  const agent = createAgent?.();
  return agent ? { httpAgent: agent, httpsAgent: agent } : {};
}

/**
 * Requests without the middleware of the SDK, which takes several times the CPU of the request itself. All but the signature is the SDK's:
 * its client's credentials, endpoint rules, clock, connections and timeouts. Used for the few requests that are sent for every
 * object or task. If the answer is unexpected, the caller sends the request again through the SDK, which retries and names errors.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { S3ClientResolvedConfig } from '@aws-sdk/client-s3';
import type { AwsCredentialIdentity } from '@aws-sdk/types';
import {
  type EndpointParameterInstructionsSupplier,
  getEndpointFromInstructions,
} from '@smithy/core/endpoints';
import { HttpRequest } from '@smithy/core/protocols';
import { RequestSigner } from './request-signer';

/** The configuration of a client of any service. */
type ClientConfig = Pick<
  S3ClientResolvedConfig,
  'credentials' | 'region' | 'systemClockOffset' | 'requestHandler'
> &
  Parameters<typeof getEndpointFromInstructions>[2];

export interface DirectOptions {
  config: ClientConfig;
  /** Name of the service in signatures. */
  service: string;
  /** One of the service's commands: its endpoint rules are the same as those of the others. */
  command: EndpointParameterInstructionsSupplier;
  /** What the endpoint depends on, such as the bucket. Default: nothing. */
  parameters?: Record<string, string>;
  /** A path is signed as it is sent. S3 alone wants that. Default: each part is encoded again. */
  signsPathAsSent?: boolean;
  /** Headers of all requests. Names in lower case. */
  headers?: Record<string, string>;
}

export interface DirectRequest {
  method: 'HEAD' | 'GET' | 'PUT' | 'POST';
  /** Below the endpoint's path, encoded, with its first `/`. */
  path: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: Buffer;
  /** Statuses of answers that the caller understands. */
  expected: number[];
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: IncomingMessage;
  /** Nobody reads the body; its connection can be used again. */
  discard(): void;
}

/** Where the requests go, and what signs them. */
interface Endpoint extends Pick<URL, 'protocol' | 'hostname' | 'host'> {
  port?: number;
  /** Without a slash at its end. */
  path: string;
  signer: RequestSigner;
}

/** How the rules of an endpoint want requests signed. */
interface AuthScheme {
  name: string;
  signingName?: string;
  signingRegion?: string;
}

/** The longest time, drawn at random, before the SDK sends a request again: as long as the SDK waits before a second attempt. */
const MAX_PAUSE_MILLISECONDS = 100;
const pause = () => delay(Math.random() * MAX_PAUSE_MILLISECONDS);

export class DirectRequests {
  private endpoint?: Promise<Endpoint | undefined>;

  constructor(private readonly options: DirectOptions) {}

  /**
   * One attempt. Undefined if the answer is not an expected one, or if the service wants another signature here: the SDK is to be
   * asked. Throws if there is no answer.
   */
  async send(request: DirectRequest): Promise<Answer | undefined> {
    this.endpoint ??= this.findEndpoint().catch((error) => {
      this.endpoint = undefined;
      throw error;
    });
    const endpoint = await this.endpoint;
    if (!endpoint) return undefined;
    const { config } = this.options;
    const signed = this.sign(request, endpoint, await config.credentials());
    const { response } = await config.requestHandler.handle(signed, { abortSignal: request.signal });
    const { statusCode: status, headers } = response;
    const body = response.body as IncomingMessage;
    const discard = () => void body.resume();
    if (request.expected.includes(status)) return { status, headers, body, discard };
    discard();
    await pause();
    return undefined;
  }

  /** The same for a request that may reach the service twice: undefined also if there is no answer. */
  async sendRepeatable(request: DirectRequest): Promise<Answer | undefined> {
    try {
      return await this.send(request);
    } catch {
      await pause();
      return undefined;
    }
  }

  private sign(
    { method, path: below, headers: given, body }: DirectRequest,
    { protocol, hostname, port, host, path: base, signer }: Endpoint,
    credentials: AwsCredentialIdentity,
  ): HttpRequest {
    const { config, headers: ofAll } = this.options;
    const unsigned: Record<string, string> = { host, 'user-agent': 's3-batch-processor' };
    Object.assign(unsigned, ofAll, given);
    if (body) unsigned['content-length'] = String(body.length);
    const path = base + below;
    const signedAt = new Date(Date.now() + config.systemClockOffset);
    const headers = signer.sign({ method, path, headers: unsigned, body }, credentials, signedAt);
    return new HttpRequest({ protocol, hostname, port, method, path, headers, body });
  }

  /** Undefined if a request needs another signature, such as that of a session with a directory bucket. */
  private async findEndpoint(): Promise<Endpoint | undefined> {
    const { config, service, command, parameters = {}, signsPathAsSent } = this.options;
    const { url, properties } = await getEndpointFromInstructions(parameters, command, config);
    // Services that have one scheme only do not name it.
    const [scheme = { name: 'sigv4' }] = (properties?.authSchemes ?? []) as AuthScheme[];
    if (scheme.name !== 'sigv4') return undefined;
    const signer = new RequestSigner({
      region: scheme.signingRegion ?? (await config.region()),
      service: scheme.signingName ?? service,
      signsPathAsSent,
    });
    const { protocol, hostname, host, pathname } = url;
    const port = url.port ? Number(url.port) : undefined;
    return { protocol, hostname, host, port, path: pathname.replace(/\/$/, ''), signer };
  }
}

/**
 * Requests on the objects of one bucket without the SDK's middleware. Everything else is the SDK's: its client's credentials, endpoint
 * rules, clock, connections and timeouts, and its signer.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { extendedEncodeURIComponent, HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { BucketAccess } from './bucket-access';

export interface DirectRequest {
  method: 'HEAD' | 'GET' | 'PUT';
  key: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: Buffer;
  /** Statuses of answers that the caller understands. */
  expected: number[];
}

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: IncomingMessage;
  /** Nobody reads the body; its connection can be used again. */
  discard(): void;
}

/** Where the requests on a bucket go, and what signs them. */
interface Endpoint {
  url: URL;
  signer: SignatureV4;
}

/** The SDK waits that long before its second attempt; so much, at random, goes before its first one here. */
const MAX_DELAY_MILLISECONDS = 100;

export class DirectRequests {
  private endpoint?: Promise<Endpoint | undefined>;
  private readonly always: Record<string, string>;

  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    { owner, requesterPays }: BucketAccess = {},
  ) {
    this.always = {
      'user-agent': 's3-batch-processor',
      ...(owner && { 'x-amz-expected-bucket-owner': owner }),
      ...(requesterPays && { 'x-amz-request-payer': 'requester' }),
    };
  }

  /** One attempt. Undefined where it fails in whichever way, or where the bucket wants another signature: the SDK is to be asked. */
  async send({ expected, ...request }: DirectRequest): Promise<Answer | undefined> {
    try {
      this.endpoint ??= this.findEndpoint();
      const endpoint = await this.endpoint;
      if (!endpoint) return undefined;
      const answer = await this.exchange(endpoint, request);
      if (expected.includes(answer.status)) return answer;
      answer.discard();
    } catch {
      // Another attempt may look elsewhere.
      this.endpoint = undefined;
    }
    await delay(Math.random() * MAX_DELAY_MILLISECONDS);
    return undefined;
  }

  private async exchange(
    { url, signer }: Endpoint,
    { method, key, headers, body }: Omit<DirectRequest, 'expected'>,
  ): Promise<Answer> {
    const { config } = this.client;
    const folder = url.pathname.replace(/\/$/, '');
    const unsigned = new HttpRequest({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port && { port: Number(url.port) }),
      path: `${folder}/${key.split('/').map(extendedEncodeURIComponent).join('/')}`,
      headers: {
        host: url.host,
        ...this.always,
        ...headers,
        ...(body && { 'content-length': String(body.length) }),
      },
      body,
    });
    const signingDate = new Date(Date.now() + config.systemClockOffset);
    const { response } = await config.requestHandler.handle(
      (await signer.sign(unsigned, { signingDate })) as HttpRequest,
    );
    const incoming = response.body as IncomingMessage;
    return {
      status: response.statusCode,
      headers: response.headers,
      body: incoming,
      discard: () => incoming.on('error', () => {}).resume(),
    };
  }

  /** Undefined for a directory bucket, whose requests are signed with credentials of a session. */
  private async findEndpoint(): Promise<Endpoint | undefined> {
    const { config } = this.client;
    const { url, properties } = await getEndpointFromInstructions(
      { Bucket: this.bucket },
      HeadObjectCommand,
      config,
    );
    const [scheme] = (properties?.authSchemes ?? []) as {
      name: string;
      signingName: string;
      signingRegion: string;
    }[];
    if (scheme?.name !== 'sigv4') return undefined;
    const signer = new SignatureV4({
      credentials: config.credentials,
      region: scheme.signingRegion,
      service: scheme.signingName,
      sha256: config.sha256,
      uriEscapePath: false,
      applyChecksum: true,
    });
    return { url, signer };
  }
}

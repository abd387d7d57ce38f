/** The options of a gateway, and the hooks that observe and disturb requests. */
import type { Authorization, Caller, Service } from '../service';
import type { Identities } from './signatures/verify';

/** One request, as the hooks see it. */
export interface RequestHandle {
  /** As in the credential scope: `states`, `s3`. */
  service: string;
  /** `GetActivityTask`, `PutObject`; `unknown` for a request refused before it was read. */
  action: string;
  caller?: Caller;
  requestId: string;
  /** ARNs, or `*`, of what the caller needs permission for; undefined until that is known. */
  resources?: string[];
}

export interface RequestRecord extends RequestHandle {
  /** HTTP status. */
  status: number;
  /** Code of the error that it was answered with: `AccessDenied`. */
  error?: string;
}

export interface Policies {
  /** Why the caller may not, in AWS's words; undefined if it may. */
  denial(caller: Caller, authorization: Authorization): string | undefined;
}

/** Seconds after which a connection is closed. A request itself may take as long as it takes. */
export interface ConnectionTimeouts {
  /** From its start, or that of a further request, to the end of the request's headers. Default 20. */
  headersSeconds?: number;
  /** Seconds without a request. Default 65. */
  idleSeconds?: number;
  /** Seconds in which nothing of a request's body has come. Default 60. */
  stalledSeconds?: number;
}

export interface GatewayOptions {
  /** Read at each request: services that need the endpoint are added once it is known. */
  services: readonly Service[];
  identities: Identities;
  /** Default: a caller with valid credentials may do everything. */
  policies?: Policies;
  /** Default: any free one. */
  port?: number;
  /** Where the services are, except for S3, which has it for each bucket: the region that requests are signed for. */
  region: string;
  timeouts?: ConnectionTimeouts;
  /** Called once for each request, when its answer is out or its connection gone. */
  onRequest?(record: RequestRecord): void;
  /**
   * Awaited before the operation runs. Throw a ServiceError to fail the request, DropConnection to cut it off; an object that
   * it returns is answered in the operation's place (S3 excepted: it streams).
   */
  intercept?(handle: RequestHandle): unknown;
  /**
   * Awaited when the operation has run (S3: has begun to answer), with its answer, or its error, held back. Throw
   * DropConnection to lose the answer.
   */
  interceptResponse?(handle: RequestHandle): Promise<void> | void;
  /** Called for errors that no service meant to answer. */
  log?(message: string, error: unknown): void;
}

/** Thrown by an interceptor: the connection ends without an answer. */
export class DropConnection extends Error {}

/**
 * The interface of a service to the gateway. Most services are a table of operations: the gateway parses
 * the wire protocol, verifies the signature, asks the caller's policies, calls the operation and renders its answer.
 * S3 streams, so it gets the request itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod';

/** The caller: the role whose credentials signed the request, or the user. */
export interface Caller {
  accessKeyId: string;
  /** `arn:aws:sts::…:assumed-role/<role>/<session>`, or `arn:aws:iam::…:user/local` for the user. */
  arn: string;
  /** Name of the role; none for the user, who may do everything. */
  roleName?: string;
}

export interface RequestContext {
  caller: Caller;
  /** Aborted when the client hangs up: a long poll stops waiting and hands nothing out. */
  signal: AbortSignal;
}

/**
 * Verifies the next part of a body that is signed in chunks; throws a ServiceError unless it is signed so.
 * @param sha256 of the part, in hexadecimal
 */
export type VerifyChunk = (part: 'chunk' | 'trailers', sha256: string, signature: string | undefined) => void;

/** An IAM action on resources, as policies name them. */
export interface Authorization {
  /** With the service prefix: `states:StartExecution`. */
  action: string;
  /** ARNs; `*` if the action takes no resource. */
  resources: string[];
  /** Values of condition keys beyond those that every request has. */
  conditionKeys?: Record<string, string | string[]>;
}

/** An error that goes over the wire, in the form that the service's protocol gives to errors. */
export class ServiceError extends Error {
  constructor(
    /** As the service names it: `ExecutionDoesNotExist`, `NoSuchKey`. */
    readonly code: string,
    message: string,
    readonly statusCode = 400,
    /** Further members of the error's document. */
    readonly members: Record<string, unknown> = {},
  ) {
    // Part of an answer: nobody looks for the place in the code, and to note it costs more than to answer.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = code;
  }
}

/** Where an operation of a REST API is, as the service's API reference writes its request. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/2015-03-31/functions/{FunctionName}/invocations`: a segment in braces is a member of the input. */
  path: string;
  /** Members that are query parameters: the parameters' names, by the members' names. */
  query?: Record<string, string>;
  /** Members that are headers: their names in lower case, by the members' names. */
  headers?: Record<string, string>;
  /** The member that is the body as it came, a Buffer. */
  payload?: string;
}

/** An operation of a REST API returns it if its answer is not a JSON document with status 200. */
export class HttpAnswer {
  constructor(
    readonly statusCode: number,
    readonly headers: Record<string, string> = {},
    readonly body: Buffer = Buffer.alloc(0),
  ) {}
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds operations of many shapes; each declares its own.
export interface Operation<Input = any, Output = unknown> {
  /** The gateway refuses any other input of an authenticated caller, in the service's words. Members that it lacks are dropped. */
  input: z.ZodType<Input>;
  /** Only, and always, if the protocol is `rest-json`. */
  http?: HttpRequest;
  /** The permission that the caller needs; default: the operation's own name on `*`. */
  authorize?(input: Input): Authorization;
  run(input: Input, context: RequestContext): Promise<Output> | Output;
}

/** Declares an operation: the types of its input follow from the schema. */
export function operation<Schema extends z.ZodType>({
  input,
  ...rest
}: { input: Schema } & Omit<Operation<z.output<Schema>>, 'input'>): Operation {
  return { input, ...rest };
}

/** A service whose requests and answers fit in memory. */
export interface OperationsService {
  /** As in a signature's credential scope, and as the IAM prefix: `states`, `ecs`, `autoscaling`, `lambda`, … */
  name: string;
  /** `json`: X-Amz-Target and JSON bodies; `query`: form-encoded requests, XML answers; `rest-json`: Lambda, EventBridge Scheduler. */
  protocol: 'json' | 'query' | 'rest-json';
  operations: Record<string, Operation>;
  /** Code of the error for input that breaks a constraint. Default ValidationException, of `query` ValidationError. */
  invalidInput?: string;
  /** The most bytes of a request's body. Default 8 MiB. */
  maxRequestBytes?: number;
  /** Asked for each request that its caller may make: whether it is one too many. Default: none is. */
  isThrottled?(action: string): boolean;
  /**
   * Requests that need no signature, by the first segment of their path, with the slash before and after it; what ECS serves to a task on
   * link-local addresses.
   */
  routes?: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void> | void>;
}

export interface StreamContext extends RequestContext {
  /** There if the body is signed in chunks. */
  verifyChunk?: VerifyChunk;
}

/** A request to a service that streams, once it is read. */
export interface StreamRequest {
  /** The operation that it asks for. */
  operation: string;
  /** The permissions that it needs; checked before `handle`. A copy needs more than one. */
  authorizations: Authorization[];
  /** Answers it; a thrown ServiceError is rendered by `renderError`. */
  handle(response: ServerResponse, context: StreamContext): Promise<void>;
}

/** A service that reads and writes the HTTP messages itself: S3. */
export interface StreamingService {
  name: string;
  protocol: 'stream';
  /** Names of all operations, as in the service's API reference. */
  operations: string[];
  /** The region that the request must be signed for. */
  regionOf(request: IncomingMessage): string;
  /** Called once the signature is verified. Throws a ServiceError. */
  read(request: IncomingMessage): StreamRequest;
  renderError(error: ServiceError, request: IncomingMessage, response: ServerResponse): void;
}

export type Service = OperationsService | StreamingService;

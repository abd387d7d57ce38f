/** A wire protocol: how a request names its operation, and what answers look like. */
import type { IncomingMessage } from 'node:http';
import type { OperationsService, ServiceError } from '../../service';

export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

export interface Protocol {
  /** Name of the operation and its input; throws a ServiceError on a request that is not in this protocol. */
  parse(
    request: IncomingMessage,
    body: Buffer,
    operations: OperationsService['operations'],
  ): { action: string; input: unknown };
  answer(action: string, output: unknown, requestId: string): Answer;
  fail(error: ServiceError, requestId: string): Answer;
}

/** AWS Lambda's API: invoke, and look. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { queryInteger, text } from '../../core/members';
import { page } from '../../core/pages';
import { HttpAnswer, type OperationsService, operation, ServiceError } from '../../core/service';
import type { LambdaFunction } from './function';
import { FUNCTION_NAME, type Functions } from './functions';
import { assertJson } from './payload';

const FunctionName = text(1, 170).regex(FUNCTION_NAME);
const invocation = z.object({
  FunctionName,
  InvocationType: z.enum(['RequestResponse', 'Event', 'DryRun']).default('RequestResponse'),
  LogType: z.enum(['None', 'Tail']).default('None'),
  /** JSON; empty for none. */
  Payload: z.instanceof(Buffer),
});

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024, DryRun: 6 * 1024 * 1024 };
/** The log of an invocation that Invoke returns: its last 4 KB. */
const TAIL_BYTES = 4096;

export function lambdaService(functions: Functions): OperationsService {
  const authorizing = (action: string) => (input: { FunctionName: string }) => ({
    action: `lambda:${action}`,
    resources: [functions.look(input.FunctionName)?.arn ?? input.FunctionName],
  });

  const invoke = async (input: z.output<typeof invocation>): Promise<HttpAnswer> => {
    const { InvocationType, LogType, Payload } = input;
    const invoked = functions.find(input.FunctionName, '$LATEST');
    const limit = MAX_PAYLOAD_BYTES[InvocationType];
    if (Payload.length > limit) {
      const message = `Request must be smaller than ${limit} bytes for the ${InvocationType} operation`;
      throw new ServiceError('RequestTooLargeException', message, 413);
    }
    const payload = Payload.length === 0 ? Buffer.from('{}') : Payload;
    assertJson(payload);
    if (InvocationType === 'DryRun') return new HttpAnswer(204);
    if (InvocationType === 'Event') {
      functions.queue(invoked, payload);
      return new HttpAnswer(202);
    }
    const result = await invoked.invoke(payload);
    const tail = Buffer.from(result.log).subarray(-TAIL_BYTES).toString('base64');
    const headers = {
      'x-amz-executed-version': '$LATEST',
      'x-amzn-remapped-content-length': '0',
      'x-amzn-trace-id': traceId(),
      ...(result.failed && { 'x-amz-function-error': 'Unhandled' }),
      ...(LogType === 'Tail' && { 'x-amz-log-result': tail }),
    };
    return new HttpAnswer(200, headers, Buffer.from(result.payload));
  };

  return {
    name: 'lambda',
    protocol: 'rest-json',
    operations: {
      Invoke: operation({
        http: {
          method: 'POST',
          path: '/2015-03-31/functions/{FunctionName}/invocations',
          headers: { InvocationType: 'x-amz-invocation-type', LogType: 'x-amz-log-type' },
          payload: 'Payload',
        },
        input: invocation,
        authorize: authorizing('InvokeFunction'),
        run: invoke,
      }),
      GetFunction: operation({
        http: { method: 'GET', path: '/2015-03-31/functions/{FunctionName}' },
        input: z.object({ FunctionName }),
        authorize: authorizing('GetFunction'),
        run: (input) => ({
          Configuration: describe(functions.find(input.FunctionName)),
          Code: { RepositoryType: 'S3' },
        }),
      }),
      ListFunctions: operation({
        http: {
          method: 'GET',
          path: '/2015-03-31/functions/',
          query: { Marker: 'Marker', MaxItems: 'MaxItems' },
        },
        input: z.object({ Marker: z.string().optional(), MaxItems: queryInteger(1, 10_000).default(50) }),
        run({ Marker, MaxItems }) {
          // Source: API reference, ListFunctions: no more than 50 at a time, whatever is asked for.
          const size = Math.min(MaxItems, 50);
          const { items, nextToken } = page(
            [...functions.all],
            Marker,
            size,
            'InvalidParameterValueException',
          );
          return { Functions: items.map(describe), NextMarker: nextToken };
        },
      }),
    },
  };
}

/** The id of a request that is not sampled. X-Ray Developer Guide, "Tracing header". */
function traceId(): string {
  const [time, id, parent] = [Math.floor(Date.now() / 1_000).toString(16), randomBytes(12), randomBytes(8)];
  return `Root=1-${time}-${id.toString('hex')};Parent=${parent.toString('hex')};Sampled=0`;
}

function describe({ name, arn, attributes, logGroup }: LambdaFunction) {
  return {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: attributes.runtime,
    Role: attributes.role,
    Handler: attributes.handler,
    Description: attributes.description ?? '',
    Timeout: attributes.timeout,
    MemorySize: attributes.memory_size,
    Version: '$LATEST',
    Architectures: attributes.architectures ?? ['x86_64'],
    State: 'Active',
    LastUpdateStatus: 'Successful',
    LoggingConfig: { LogGroup: logGroup },
    Environment: { Variables: [attributes.environment].flat()[0]?.variables ?? {} },
  };
}

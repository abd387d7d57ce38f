/** AWS Lambda: invoke, and look. */
import { setTimeout as delay } from 'node:timers/promises';
import type { InvokeOutput } from '../gateway/protocols';
import { type OperationsService, ServiceError } from '../service';
import type { LambdaFunction } from './function';

interface InvokeInput {
  /** Name, ARN or partial ARN, with or without qualifier. */
  FunctionName: string;
  InvocationType?: 'RequestResponse' | 'Event' | 'DryRun';
  LogType?: 'None' | 'Tail';
  Payload: Buffer;
}

export interface LambdaOptions {
  functions: LambdaFunction[];
  /**
   * Seconds before the second and the third attempt of an asynchronous invocation that failed. Default: AWS's 60 and 120
   * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
   */
  asyncRetrySeconds?: number[];
}

export interface Lambda {
  service: OperationsService;
  /** Queues an asynchronous invocation, as EventBridge does. */
  invokeAsync(functionArn: string, payload: Buffer): void;
  close(): void;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 };

export function createLambda({ functions, asyncRetrySeconds = [60, 120] }: LambdaOptions): Lambda {
  const closing = new AbortController();

  const find = (input: { FunctionName: string }): LambdaFunction => {
    const parts = input.FunctionName.split(':');
    const name = parts[0] === 'arn' ? parts[6] : (parts[parts.indexOf('function') + 1] ?? parts[0]);
    const found = functions.find((candidate) => candidate.name === name);
    if (!found) {
      const arn = input.FunctionName;
      throw new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
    }
    return found;
  };
  const onFunction = (action: string) => (input: { FunctionName: string }) => {
    const known = functions.find(({ arn, name }) =>
      [arn, name, `${arn}:$LATEST`].includes(input.FunctionName),
    );
    return { action: `lambda:${action}`, resources: [known?.arn ?? input.FunctionName] };
  };

  const invokeAsync = async (invoked: LambdaFunction, payload: Buffer): Promise<void> => {
    for (const seconds of [0, ...asyncRetrySeconds]) {
      const waited = await delay(seconds * 1000, true, { signal: closing.signal }).catch(() => false);
      if (!waited) return;
      const failed = await invoked.invoke(payload).then(
        (result) => result.failed,
        () => true,
      );
      if (!failed) return;
    }
  };

  const service: OperationsService = {
    name: 'lambda',
    protocol: 'rest-json',
    operations: {
      Invoke: {
        authorize: onFunction('InvokeFunction'),
        async run({
          InvocationType = 'RequestResponse',
          LogType,
          Payload,
          ...input
        }: InvokeInput): Promise<InvokeOutput> {
          const invoked = find(input);
          if (InvocationType === 'DryRun') return { statusCode: 204 };
          const limit = MAX_PAYLOAD_BYTES[InvocationType];
          if (Payload.length > limit) {
            throw new ServiceError(
              'RequestTooLargeException',
              `Request must be smaller than ${limit} bytes for the ${InvocationType} operation`,
              413,
            );
          }
          const payload = Payload.length === 0 ? Buffer.from('{}') : Payload;
          assertJson(payload);
          if (InvocationType === 'Event') {
            void invokeAsync(invoked, payload);
            return { statusCode: 202 };
          }
          const result = await invoked.invoke(payload);
          return {
            statusCode: 200,
            payload: result.payload,
            headers: {
              'x-amz-executed-version': '$LATEST',
              ...(result.failed && { 'x-amz-function-error': 'Unhandled' }),
              ...(LogType === 'Tail' && { 'x-amz-log-result': Buffer.from(result.log).toString('base64') }),
            },
          };
        },
      },
      GetFunction: {
        authorize: onFunction('GetFunction'),
        run: (input) => ({ Configuration: describe(find(input)), Code: { RepositoryType: 'S3' } }),
      },
      ListFunctions: { run: () => ({ Functions: functions.map(describe) }) },
    },
  };

  return {
    service,
    invokeAsync: (functionArn, payload) => void invokeAsync(find({ FunctionName: functionArn }), payload),
    close() {
      closing.abort();
      for (const each of functions) each.close();
    },
  };
}

function assertJson(payload: Buffer): void {
  try {
    JSON.parse(payload.toString('utf8'));
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new ServiceError('InvalidRequestContentException', message);
  }
}

function describe({ name, arn, options, timeoutSeconds, memoryMiB, lastModified, logGroup }: LambdaFunction) {
  const { attributes } = options;
  return {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: attributes.runtime,
    Role: attributes.role,
    Handler: attributes.handler,
    Description: attributes.description ?? '',
    Timeout: timeoutSeconds,
    MemorySize: memoryMiB,
    LastModified: lastModified.toISOString().replace('Z', '+0000'),
    CodeSha256: attributes.source_code_hash,
    Version: '$LATEST',
    Architectures: attributes.architectures ?? ['x86_64'],
    State: 'Active',
    LastUpdateStatus: 'Successful',
    LoggingConfig: { LogGroup: logGroup },
    Environment: { Variables: [attributes.environment].flat()[0]?.variables ?? {} },
  };
}

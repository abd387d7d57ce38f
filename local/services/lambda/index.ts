/** AWS Lambda: invoke, and look. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { InvokeOutput } from '../../core/gateway/protocols';
import { text } from '../../core/members';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import type { Stack } from '../../core/stack/stack';
import { type FunctionOptions, LambdaFunction } from './function';
import { assertJson } from './payload';

/** Name, ARN or partial ARN, with or without qualifier. API reference, Invoke. */
const FUNCTION =
  /^(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d:)?(\d{12}:)?(function:)?(?<name>[\w-]+)(:(?<version>\$LATEST|[\w-]+))?$/;
const FunctionName = text(1, 170).regex(FUNCTION);
const invocation = z.object({
  FunctionName,
  InvocationType: z.enum(['RequestResponse', 'Event', 'DryRun']).default('RequestResponse'),
  LogType: z.enum(['None', 'Tail']).default('None'),
  /** JSON; empty for none. */
  Payload: z.instanceof(Buffer),
});

export interface LambdaOptions extends FunctionOptions {
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
  /** The functions of another synthesis of the stack. */
  update(stack: Stack): void;
  close(): void;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024, DryRun: 6 * 1024 * 1024 };
/** The log of an invocation that Invoke returns: its last 4 KB. */
const TAIL_BYTES = 4096;

export function createLambda({ asyncRetrySeconds = [60, 120], ...options }: LambdaOptions): Lambda {
  const closing = new AbortController();
  const bootstrap = options.processes.compile(require.resolve('./bootstrap'));
  const functions = options.stack
    .resources('aws_lambda_function')
    .map(({ attributes }) => new LambdaFunction(attributes, bootstrap, options));

  const known = ({ FunctionName }: { FunctionName: string }) =>
    functions.find(({ name, arn }) => {
      const [account] = arn.split(':').slice(4);
      const names = [name, arn, `function:${name}`, `${account}:function:${name}`];
      return names.includes(FunctionName.replace(/:\$LATEST$/, ''));
    });
  const find = (input: { FunctionName: string }, qualifier?: string): LambdaFunction => {
    const found = known(input);
    if (found) return found;
    const { account, region, partition } = options.stack.accountAndRegion;
    const { name, version = qualifier } = FUNCTION.exec(input.FunctionName)?.groups ?? {};
    const arn = [`arn:${partition}:lambda:${region}:${account}:function:${name}`, version];
    throw new ServiceError(
      'ResourceNotFoundException',
      `Function not found: ${arn.filter(Boolean).join(':')}`,
      404,
    );
  };
  const authorizing = (action: string) => (input: { FunctionName: string }) => ({
    action: `lambda:${action}`,
    resources: [known(input)?.arn ?? input.FunctionName],
  });

  const invokeAsync = async (invoked: LambdaFunction, payload: Buffer): Promise<void> => {
    for (const seconds of [0, ...asyncRetrySeconds]) {
      const waited = await delay(seconds * 1000, true, { signal: closing.signal }).catch(() => false);
      if (!waited) return;
      const { failed } = await invoked.invoke(payload).catch(() => ({ failed: true }));
      if (!failed) return;
    }
  };

  const invoke = async (input: z.output<typeof invocation>): Promise<InvokeOutput> => {
    const { InvocationType, LogType, Payload } = input;
    const invoked = find(input, '$LATEST');
    const limit = MAX_PAYLOAD_BYTES[InvocationType];
    if (Payload.length > limit) {
      const message = `Request must be smaller than ${limit} bytes for the ${InvocationType} operation`;
      throw new ServiceError('RequestTooLargeException', message, 413);
    }
    const payload = Payload.length === 0 ? Buffer.from('{}') : Payload;
    assertJson(payload);
    if (InvocationType === 'DryRun') return { statusCode: 204 };
    if (InvocationType === 'Event') {
      void invokeAsync(invoked, payload);
      return { statusCode: 202 };
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
    return { statusCode: 200, headers, payload: Buffer.from(result.payload) };
  };

  return {
    service: {
      name: 'lambda',
      protocol: 'rest-json',
      operations: {
        Invoke: operation({ input: invocation, authorize: authorizing('InvokeFunction'), run: invoke }),
        GetFunction: operation({
          input: z.object({ FunctionName }),
          authorize: authorizing('GetFunction'),
          run: (input) => ({ Configuration: describe(find(input)), Code: { RepositoryType: 'S3' } }),
        }),
        ListFunctions: operation({
          input: z.object({}),
          run: () => ({ Functions: functions.map(describe) }),
        }),
      },
    },
    invokeAsync: (functionArn, payload) => void invokeAsync(find({ FunctionName: functionArn }), payload),
    update(stack) {
      for (const { attributes } of stack.resources('aws_lambda_function')) {
        functions.find(({ arn }) => arn === attributes.arn)?.update(attributes, stack);
      }
    },
    close() {
      closing.abort();
      for (const each of functions) each.close();
    },
  };
}

/** Of a request that is not sampled. X-Ray Developer Guide, "Tracing header". */
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

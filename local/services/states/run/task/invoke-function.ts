/** `lambda:invoke`. Source: Developer Guide, "Invoke an AWS Lambda function with Step Functions". */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { StatesError } from '../../language/errors';
import { isObject, type Json } from '../../language/json';
import type { Call } from './call';
import { serviceError } from './service-error';

/** The headers of Lambda's answers that a result has, as AWS was recorded to write them. */
const HEADERS = [
  'Connection',
  'Content-Length',
  'Content-Type',
  'Date',
  'X-Amz-Executed-Version',
  'X-Amz-Log-Result',
  'X-Amzn-Trace-Id',
  'x-amzn-Remapped-Content-Length',
  'x-amzn-RequestId',
];

/** The task's result. Throws a StatesError. */
export async function invokeFunction(
  { entered, arguments: given }: Call,
  abortSignal: AbortSignal,
): Promise<Json> {
  const { engine, execution } = entered;
  const { lambda } = engine.clients.of(execution.machine.roleArn);
  const { Payload, ...rest } = isObject(given) ? given : {};
  const command = new InvokeCommand({ ...(rest as { FunctionName: string }), Payload: payloadOf(Payload) });
  let headers: Record<string, string> = {};
  command.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      headers = (result.response as { headers: Record<string, string> }).headers;
      return result;
    },
    { step: 'deserialize' },
  );
  const answer = await lambda.send(command, { abortSignal }).catch((error) => {
    throw serviceError('Lambda', error, 'AWSLambdaException', ({ message, status, name, requestId }) => {
      const where = `Service: AWSLambda; Status Code: ${status}; Error Code: ${name}; Request ID: ${requestId}`;
      return `${message} (${where}; Proxy: null)`;
    });
  });
  const text = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : '';
  const result = parsed(text);
  if (answer.FunctionError) {
    const errorType = isObject(result) ? result.errorType : undefined;
    throw new StatesError(typeof errorType === 'string' ? errorType : 'Lambda.Unknown', text);
  }
  const shown = HEADERS.flatMap((name) => {
    const value = headers[name.toLowerCase()];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ExecutedVersion: answer.ExecutedVersion ?? '$LATEST',
    ...(answer.LogResult === undefined ? {} : { LogResult: answer.LogResult }),
    Payload: result,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(shown.map(([name, value]) => [name, [value]])),
      HttpHeaders: Object.fromEntries(shown),
      HttpStatusCode: answer.$metadata.httpStatusCode ?? 200,
    },
    SdkResponseMetadata: { RequestId: answer.$metadata.requestId ?? '' },
    StatusCode: answer.StatusCode ?? 200,
  };
}

/** Recorded: null sends nothing, so that the function sees `{}`, and a text is sent as it stands. */
function payloadOf(payload: Json | undefined): Buffer | undefined {
  if (payload === undefined || payload === null) return undefined;
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

/** JSON, or the text itself if it is none. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The calls of a Task state: an activity, a Lambda function, and DescribeMapRun. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DescribeMapRunCommand } from '@aws-sdk/client-sfn';
import { StatesError, TIMEOUTS, tooLarge } from './errors';
import { type EnteredState, integer } from './interpreter';
import { isObject, isTooLarge, type Json } from './json';
import type { TaskState } from './language';
import { after } from './timers';

interface Call {
  entered: EnteredState;
  arguments: Json;
  /** The arguments as JSON text. */
  text: string;
  timeoutSeconds?: number;
  heartbeatSeconds?: number;
}

/** A request to another service: resolves with the task's result. */
type Integration = (call: Call, signal: AbortSignal) => Promise<Json>;

const INTEGRATIONS: Record<string, Integration> = {
  'lambda:invoke': invokeFunction,
  'aws-sdk:sfn:describeMapRun': describeMapRun,
};

/** Runs a Task state once. Throws a StatesError. */
export async function runTask(state: TaskState, entered: EnteredState): Promise<Json> {
  const { Resource, Arguments, TimeoutSeconds, HeartbeatSeconds } = state;
  const seconds = (value: Json | undefined, field: string) =>
    value === undefined ? undefined : integer(entered, value, field, 1, 99_999_999);
  const given = Arguments === undefined ? entered.input : await entered.evaluate(Arguments, 'Arguments');
  const call: Call = {
    entered,
    arguments: given,
    text: JSON.stringify(given),
    timeoutSeconds: await seconds(TimeoutSeconds, 'TimeoutSeconds'),
    heartbeatSeconds: await seconds(HeartbeatSeconds, 'HeartbeatSeconds'),
  };
  entered.execution.signal.throwIfAborted();
  if (isTooLarge(call.text)) throw tooLarge(`The state '${entered.name}' has arguments`);
  const service = Resource.split(':::')[1] ?? '';
  const integration = INTEGRATIONS[service];
  return integration ? callService(service, integration, call) : runActivity(Resource, call);
}

async function runActivity(resource: string, call: Call): Promise<Json> {
  const { entered, text: input, timeoutSeconds, heartbeatSeconds } = call;
  const { engine, history, signal } = entered.execution;
  const activity = engine.activities.byArn.get(resource);
  if (!activity) {
    const failure = new StatesError('ActivityDoesNotExist', `The activity ${resource} does not exist.`);
    history.record('ActivityScheduleFailed', { error: failure.error, cause: failure.cause });
    throw failure;
  }
  const clocks = { timeoutInSeconds: timeoutSeconds, heartbeatInSeconds: heartbeatSeconds };
  history.record('ActivityScheduled', { resource, input, ...clocks });
  try {
    const output = await engine.activities.schedule(activity, {
      input,
      timeoutSeconds,
      heartbeatSeconds,
      signal,
      started: (workerName) => history.record('ActivityStarted', { workerName }),
    });
    history.record('ActivitySucceeded', { output });
    return JSON.parse(output);
  } catch (error) {
    signal.throwIfAborted();
    throw recorded(entered, 'Activity', error);
  }
}

async function callService(service: string, integration: Integration, call: Call): Promise<Json> {
  const { entered, text: parameters, timeoutSeconds } = call;
  const { engine, history, signal } = entered.execution;
  const at = service.lastIndexOf(':');
  const named = { resourceType: service.slice(0, at), resource: service.slice(at + 1) };
  const { region } = engine.options;
  history.record('TaskScheduled', { ...named, region, parameters, timeoutInSeconds: timeoutSeconds });
  history.record('TaskStarted', named);
  const timeout = new AbortController();
  const cancel = timeoutSeconds ? after(timeoutSeconds * 1_000, () => timeout.abort()) : () => undefined;
  try {
    const result = await integration(call, AbortSignal.any([signal, timeout.signal]));
    const output = JSON.stringify(result);
    if (isTooLarge(output)) throw tooLarge(`The task of the state '${entered.name}' returned a result`);
    history.record('TaskSucceeded', { ...named, output });
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw recorded(
      entered,
      'Task',
      timeout.signal.aborted ? new StatesError('States.Timeout') : error,
      named,
    );
  } finally {
    cancel();
  }
}

/** Records the error in the history and returns it. */
function recorded(
  { execution }: EnteredState,
  kind: 'Activity' | 'Task',
  failure: unknown,
  named = {},
): unknown {
  if (failure instanceof StatesError) {
    const { error, cause } = failure;
    const what = TIMEOUTS.includes(error) ? 'TimedOut' : 'Failed';
    execution.history.record(`${kind}${what}`, { ...named, error, cause });
  }
  return failure;
}

/** Result: Developer Guide, "Invoke an AWS Lambda function with Step Functions". */
async function invokeFunction({ entered, arguments: given }: Call, abortSignal: AbortSignal): Promise<Json> {
  const { Payload: payload, ...rest } = isObject(given) ? given : {};
  const { engine, machine } = entered.execution;
  const Payload = payload === undefined ? undefined : Buffer.from(JSON.stringify(payload));
  const command = new InvokeCommand({ ...(rest as { FunctionName: string }), Payload });
  const answer = await engine
    .clients(machine.roleArn)
    .lambda.send(command, { abortSignal })
    .catch((error) => Promise.reject(serviceError('Lambda', error, 'AWSLambdaException')));
  const text = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : '';
  const result = parsed(text);
  if (answer.FunctionError) {
    const errorType = isObject(result) ? result.errorType : undefined;
    throw new StatesError(typeof errorType === 'string' ? errorType : 'Lambda.Unknown', text);
  }
  return {
    ExecutedVersion: answer.ExecutedVersion ?? '$LATEST',
    Payload: result,
    SdkHttpMetadata: { HttpStatusCode: answer.$metadata.httpStatusCode ?? 200 },
    SdkResponseMetadata: { RequestId: answer.$metadata.requestId ?? '' },
    StatusCode: answer.StatusCode ?? 200,
  };
}

async function describeMapRun({ entered, arguments: given }: Call, abortSignal: AbortSignal): Promise<Json> {
  const { engine, machine } = entered.execution;
  const mapRunArn = isObject(given) ? (given.MapRunArn as string) : undefined;
  const { $metadata: _, ...answer } = await engine
    .clients(machine.roleArn)
    .sfn.send(new DescribeMapRunCommand({ mapRunArn }), { abortSignal })
    .catch((error) => Promise.reject(serviceError('Sfn', error, 'SfnException')));
  return capitalized(JSON.parse(JSON.stringify(answer)));
}

/** AWS SDK integrations take and give every member in Pascal case. */
function capitalized(value: Json): Json {
  if (Array.isArray(value)) return value.map(capitalized);
  if (!isObject(value)) return value;
  const members = Object.entries(value);
  return Object.fromEntries(
    members.map(([key, item]) => [key[0]?.toUpperCase() + key.slice(1), capitalized(item)]),
  );
}

/**
 * An SDK's error under the name that Step Functions gives it: `<service>.<exception>`, where the exceptions that the
 * service's model does not have, such as a denied access, are the service's general one.
 */
function serviceError(
  service: string,
  { name, message, $metadata }: Error & { $metadata?: { httpStatusCode?: number } },
  general: string,
): StatesError {
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return new StatesError(`${service}.SdkClientException`, message);
  const unmodelled = /^(AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|UnknownError|Error)/;
  const own = name.endsWith('Exception') ? name : `${name}Exception`;
  const cause = `${message} (Service: ${service}, Status Code: ${status})`;
  return new StatesError(`${service}.${unmodelled.test(own) ? general : own}`, cause);
}

/** JSON, or the text itself where it is none. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

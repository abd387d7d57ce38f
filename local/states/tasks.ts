/** What a Task state can call: an activity, a Lambda function, and the state of a map run. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DescribeMapRunCommand } from '@aws-sdk/client-sfn';
import type { TaskState } from './definition';
import { StatesError } from './errors';
import { integer, tooLarge, type Visit } from './interpreter';
import { isObject, isTooLarge, type Json, type JsonObject } from './json';
import { after } from './timers';

interface Call {
  visit: Visit;
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
export async function runTask(state: TaskState, visit: Visit): Promise<Json> {
  const seconds = (value: string | number | undefined, field: string) =>
    value === undefined ? undefined : integer(visit, value, field, 1, 99_999_999);
  const argument =
    state.Arguments === undefined ? visit.input : await visit.evaluate(state.Arguments, 'Arguments');
  const call: Call = {
    visit,
    arguments: argument,
    text: JSON.stringify(argument),
    timeoutSeconds: await seconds(state.TimeoutSeconds, 'TimeoutSeconds'),
    heartbeatSeconds: await seconds(state.HeartbeatSeconds, 'HeartbeatSeconds'),
  };
  visit.execution.signal.throwIfAborted();
  if (isTooLarge(call.text)) throw tooLarge(`The state '${visit.name}' has arguments`);
  const integration = INTEGRATIONS[state.Resource.split(':::')[1] ?? ''];
  return integration ? callService(state.Resource, integration, call) : runActivity(state.Resource, call);
}

async function runActivity(
  resource: string,
  { visit, text, timeoutSeconds, heartbeatSeconds }: Call,
): Promise<Json> {
  const { engine, history, signal } = visit.execution;
  const data = { truncated: false };
  const activity = engine.activities.byArn.get(resource);
  if (!activity) {
    const failure = new StatesError('ActivityDoesNotExist', `The activity ${resource} does not exist.`);
    history.record('ActivityScheduleFailed', 'activityScheduleFailedEventDetails', {
      error: failure.error,
      cause: failure.cause,
    });
    throw failure;
  }
  history.record('ActivityScheduled', 'activityScheduledEventDetails', {
    resource,
    input: text,
    inputDetails: data,
    timeoutInSeconds: timeoutSeconds,
    heartbeatInSeconds: heartbeatSeconds,
  });
  try {
    const output = await engine.activities.schedule(activity, {
      input: text,
      timeoutSeconds,
      heartbeatSeconds,
      signal,
      started: (workerName) =>
        history.record('ActivityStarted', 'activityStartedEventDetails', { workerName }),
    });
    history.record('ActivitySucceeded', 'activitySucceededEventDetails', { output, outputDetails: data });
    return JSON.parse(output);
  } catch (error) {
    if (error instanceof StatesError && !signal.aborted) recordFailure(visit, 'Activity', error);
    throw error;
  }
}

async function callService(resource: string, integration: Integration, call: Call): Promise<Json> {
  const { visit, timeoutSeconds } = call;
  const { engine, history, signal } = visit.execution;
  const parts = (resource.split(':::')[1] ?? '').split(':');
  const named = { resourceType: parts.slice(0, -1).join(':'), resource: parts.at(-1) };
  history.record('TaskScheduled', 'taskScheduledEventDetails', {
    ...named,
    region: engine.site.region,
    parameters: call.text,
    timeoutInSeconds: timeoutSeconds,
  });
  history.record('TaskStarted', 'taskStartedEventDetails', named);
  const timeout = new AbortController();
  const cancel = timeoutSeconds ? after(timeoutSeconds * 1_000, () => timeout.abort()) : () => undefined;
  try {
    const result = await integration(call, AbortSignal.any([signal, timeout.signal]));
    const output = JSON.stringify(result);
    if (isTooLarge(output)) throw tooLarge(`The task of the state '${visit.name}' returned a result`);
    history.record('TaskSucceeded', 'taskSucceededEventDetails', {
      ...named,
      output,
      outputDetails: { truncated: false },
    });
    return result;
  } catch (error) {
    signal.throwIfAborted();
    const failure = timeout.signal.aborted ? new StatesError('States.Timeout', '') : (error as StatesError);
    if (failure instanceof StatesError) recordFailure(visit, 'Task', failure, named);
    throw failure;
  } finally {
    cancel();
  }
}

function recordFailure(visit: Visit, kind: 'Activity' | 'Task', failure: StatesError, named = {}): void {
  const timedOut = ['States.Timeout', 'States.HeartbeatTimeout'].includes(failure.error);
  const what = timedOut ? 'TimedOut' : 'Failed';
  visit.execution.history.record(`${kind}${what}`, `${kind.toLowerCase()}${what}EventDetails`, {
    ...named,
    error: failure.error,
    cause: failure.cause,
  });
}

/** Result: Developer Guide, "Invoke an AWS Lambda function with Step Functions". */
async function invokeFunction({ visit, arguments: given }: Call, signal: AbortSignal): Promise<Json> {
  const { Payload, ...rest } = isObject(given) ? given : {};
  const { engine, machine } = visit.execution;
  const { lambda } = engine.clients.for(machine.roleArn);
  const answer = await lambda
    .send(
      new InvokeCommand({
        ...(rest as { FunctionName: string }),
        Payload: Payload === undefined ? undefined : Buffer.from(JSON.stringify(Payload)),
      }),
      { abortSignal: signal },
    )
    .catch((error) => {
      throw serviceError('Lambda', error, 'AWSLambdaException');
    });
  const text = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : '';
  if (answer.FunctionError) {
    const { errorType } = parseOr<{ errorType?: string }>(text, {});
    throw new StatesError(errorType ?? 'Lambda.Unknown', text);
  }
  return {
    ExecutedVersion: answer.ExecutedVersion ?? '$LATEST',
    Payload: parseOr<Json>(text, text),
    SdkHttpMetadata: { HttpStatusCode: answer.$metadata.httpStatusCode ?? 200 },
    SdkResponseMetadata: { RequestId: answer.$metadata.requestId ?? '' },
    StatusCode: answer.StatusCode ?? 200,
  };
}

async function describeMapRun({ visit, arguments: given }: Call, signal: AbortSignal): Promise<Json> {
  const { engine, machine } = visit.execution;
  const { MapRunArn } = isObject(given) ? given : {};
  const { $metadata: _, ...answer } = await engine.clients
    .for(machine.roleArn)
    .sfn.send(new DescribeMapRunCommand({ mapRunArn: MapRunArn as string }), { abortSignal: signal })
    .catch((error) => {
      throw serviceError('Sfn', error, 'SfnException');
    });
  return capitalized(JSON.parse(JSON.stringify(answer)));
}

/** AWS SDK integrations take and give every member in Pascal case. */
function capitalized(value: Json): Json {
  if (Array.isArray(value)) return value.map(capitalized);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    result[key.charAt(0).toUpperCase() + key.slice(1)] = capitalized(item);
  }
  return result;
}

/**
 * An SDK's error under the name that Step Functions gives it: `<service>.<exception>`, where the exceptions that the
 * service's model does not have, such as a denied access, are the service's general one.
 */
function serviceError(
  service: string,
  error: Error & { $metadata?: { httpStatusCode?: number } },
  general: string,
) {
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined) return new StatesError(`${service}.SdkClientException`, error.message);
  const unmodelled = /^(AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|UnknownError|Error)/;
  const name = error.name.endsWith('Exception') ? error.name : `${error.name}Exception`;
  return new StatesError(
    `${service}.${unmodelled.test(name) ? general : name}`,
    `${error.message} (Service: ${service}, Status Code: ${status})`,
  );
}

function parseOr<T>(text: string, otherwise: T): T {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

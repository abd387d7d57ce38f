/** The calls of a Task state: an activity, a Lambda function, and DescribeMapRun. */
import { DescribeMapRunCommand } from '@aws-sdk/client-sfn';
import { StateError, StatesError, serviceError, TIMEOUTS, tooLarge } from '../language/errors';
import { isObject, isTooLarge, type Json } from '../language/json';
import type { TaskState } from '../language/schema';
import { after } from '../time/timers';
import type { EnteredState } from './entered-state';
import { integer, unexpectedType } from './fields';
import { invokeFunction } from './invoke-function';

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
  'lambda:invoke': ({ entered, arguments: given }, signal) => {
    const { engine, machine } = entered.execution;
    return invokeFunction(engine.clients(machine.roleArn).lambda, given, signal);
  },
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
  if (isTooLarge(call.text)) throw tooLarge(entered.name, 'has arguments');
  const service = Resource.split(':::')[1] ?? '';
  const integration = INTEGRATIONS[service];
  if (integration && Arguments !== undefined && !isObject(given)) {
    throw unexpectedType(Arguments, 'Arguments', given, 'object');
  }
  return integration ? callService(service, integration, call) : runActivity(Resource, call);
}

async function runActivity(resource: string, call: Call): Promise<Json> {
  const { entered, text: input, timeoutSeconds, heartbeatSeconds } = call;
  const { engine, history, signal } = entered.execution;
  const activity = engine.activities.byArn.get(resource);
  if (!activity) {
    // Recorded: there is no ActivityScheduleFailed, and States.Runtime cannot be caught.
    throw new StateError('States.Runtime', `The activity ${resource} does not exist.`);
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
  const { entered, text: parameters, timeoutSeconds, heartbeatSeconds } = call;
  const { engine, history, signal } = entered.execution;
  const at = service.lastIndexOf(':');
  const named = { resourceType: service.slice(0, at), resource: service.slice(at + 1) };
  const { region } = engine.options;
  const clocks = { timeoutInSeconds: timeoutSeconds, heartbeatInSeconds: heartbeatSeconds };
  history.record('TaskScheduled', { ...named, region, parameters, ...clocks });
  history.record('TaskStarted', named);
  const timeout = new AbortController();
  const cancel = timeoutSeconds ? after(timeoutSeconds * 1_000, () => timeout.abort()) : () => undefined;
  try {
    const result = await integration(call, AbortSignal.any([signal, timeout.signal]));
    const output = JSON.stringify(result);
    if (isTooLarge(output)) throw tooLarge(named.resourceType);
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
    const what = TIMEOUTS.includes(error ?? '') ? 'TimedOut' : 'Failed';
    execution.history.record(`${kind}${what}`, { ...named, error, cause });
  }
  return failure;
}

async function describeMapRun({ entered, arguments: given }: Call, abortSignal: AbortSignal): Promise<Json> {
  const { engine, machine } = entered.execution;
  const mapRunArn = isObject(given) ? (given.MapRunArn as string) : undefined;
  const { $metadata: _, ...answer } = await engine
    .clients(machine.roleArn)
    .sfn.send(new DescribeMapRunCommand({ mapRunArn }), { abortSignal })
    .catch((error) => {
      throw serviceError('Sfn', error, 'SfnException', ({ message, status, requestId }) => {
        return `${message} (Service: Sfn, Status Code: ${status}, Request ID: ${requestId})`;
      });
    });
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

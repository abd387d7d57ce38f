/** Calls of other services: the integrations of Task states. */
import { StatesError, tooLarge } from '../../language/errors';
import { isTooLarge, type Json } from '../../language/json';
import type { Integration } from '../../language/resources';
import { after } from '../../time/timers';
import { type Call, recorded } from './call';
import { describeMapRun } from './describe-map-run';
import { invokeFunction } from './invoke-function';

/** Each resolves with the task's result. */
const CALLS: Record<Integration, (call: Call, signal: AbortSignal) => Promise<Json>> = {
  'lambda:invoke': invokeFunction,
  'aws-sdk:sfn:describeMapRun': describeMapRun,
};

/** Throws a StatesError. */
export async function callService(service: Integration, call: Call): Promise<Json> {
  const { entered, text: parameters, timeoutSeconds, heartbeatSeconds } = call;
  const { engine } = entered;
  const { history, interruption } = entered.execution;
  const at = service.lastIndexOf(':');
  const named = { resourceType: service.slice(0, at), resource: service.slice(at + 1) };
  const { region } = engine.options;
  const clocks = { timeoutInSeconds: timeoutSeconds, heartbeatInSeconds: heartbeatSeconds };
  history.record('TaskScheduled', { ...named, region, parameters, ...clocks });
  history.record('TaskStarted', named);
  const timeout = new AbortController();
  const cancel = timeoutSeconds ? after(timeoutSeconds * 1_000, () => timeout.abort()) : () => undefined;
  try {
    const result = await CALLS[service](call, AbortSignal.any([interruption.signal, timeout.signal]));
    const output = JSON.stringify(result);
    if (isTooLarge(output)) throw tooLarge(named.resourceType);
    history.record('TaskSucceeded', { ...named, output });
    return result;
  } catch (error) {
    interruption.throwIfHappened();
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

/** The Task state: an activity, or a call of another service. */
import { tooLarge } from '../../language/errors';
import { isObject, isTooLarge, type Json } from '../../language/json';
import { taskResource } from '../../language/resources';
import type { TaskState } from '../../language/schema';
import type { EnteredState } from '../entered-state';
import { integer, unexpectedType } from '../fields';
import { runActivity } from './activity';
import type { Call } from './call';
import { callService } from './integrations';

/** Runs a Task state once. Throws a StatesError. */
export async function runTask(state: TaskState, entered: EnteredState): Promise<Json> {
  const { Resource, Arguments, TimeoutSeconds, HeartbeatSeconds } = state;
  const seconds = (expression: string, field: string) => integer(entered, expression, field, 1, 99_999_999);
  const given = Arguments === undefined ? entered.input : await entered.evaluate(Arguments, 'Arguments');
  const text = JSON.stringify(given);
  // The definition is checked, and with it a literal.
  const timeoutSeconds =
    typeof TimeoutSeconds === 'string' ? await seconds(TimeoutSeconds, 'TimeoutSeconds') : TimeoutSeconds;
  const heartbeatSeconds =
    typeof HeartbeatSeconds === 'string'
      ? await seconds(HeartbeatSeconds, 'HeartbeatSeconds')
      : HeartbeatSeconds;
  const call: Call = { entered, arguments: given, text, timeoutSeconds, heartbeatSeconds };
  entered.execution.interruption.throwIfHappened();
  if (isTooLarge(call.text)) throw tooLarge(entered.name, 'has arguments');
  // The definition is checked: it names nothing else.
  const resource = taskResource(Resource) ?? 'activity';
  if (resource === 'activity') return runActivity(Resource, call);
  if (Arguments !== undefined && !isObject(given)) {
    throw unexpectedType(Arguments, 'Arguments', given, 'object');
  }
  return callService(resource, call);
}

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
  // The definition is checked, and with it a literal.
  const seconds = (value: number | string | undefined, field: string) =>
    typeof value === 'string' ? integer(entered, value, field, 1, 99_999_999) : value;
  const given = Arguments === undefined ? entered.input : await entered.evaluate(Arguments, 'Arguments');
  const call: Call = {
    entered,
    arguments: given,
    text: JSON.stringify(given),
    timeoutSeconds: await seconds(TimeoutSeconds, 'TimeoutSeconds'),
    heartbeatSeconds: await seconds(HeartbeatSeconds, 'HeartbeatSeconds'),
  };
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

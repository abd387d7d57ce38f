import { StateError } from '../../language/errors';
import type { Json } from '../../language/json';
import { type Call, recorded } from './call';

/** Schedules a task on an activity and waits for what its worker makes of it. Throws a StatesError. */
export async function runActivity(resource: string, call: Call): Promise<Json> {
  const { entered, text: input, timeoutSeconds, heartbeatSeconds } = call;
  const { engine } = entered;
  const { execution } = entered;
  const { history } = execution;
  const activity = engine.activities.byArn.get(resource);
  if (!activity) {
    // Recorded: there is no ActivityScheduleFailed, and States.Runtime cannot be caught.
    throw new StateError('States.Runtime', `The activity ${resource} does not exist.`);
  }
  const clocks = { timeoutInSeconds: timeoutSeconds, heartbeatInSeconds: heartbeatSeconds };
  history.record('ActivityScheduled', { resource, input, ...clocks });
  try {
    const { text: output, value } = await engine.activities.schedule(activity, {
      input,
      timeoutSeconds,
      heartbeatSeconds,
      whenCancelled: (cancel) => execution.interruption.listen(cancel),
      started: (workerName) => history.record('ActivityStarted', { workerName }),
    });
    history.record('ActivitySucceeded', { output });
    return value;
  } catch (error) {
    execution.interruption.throwIfHappened();
    throw recorded(entered, 'Activity', error);
  }
}

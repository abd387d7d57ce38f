/** The worker's identity in results, in the activity's history and in metrics. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { json } from 'node:stream/consumers';

export interface Identity {
  /** The ECS task's id; outside ECS, the host's name. */
  workerId: string;
  /** The task definition's family; outside ECS, `worker`. */
  family: string;
}

/**
 * Asks the task metadata endpoint, and rejects if it does not answer within `timeoutSeconds`.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
export async function readIdentity(environment: NodeJS.ProcessEnv, timeoutSeconds = 5): Promise<Identity> {
  const endpoint = environment.ECS_CONTAINER_METADATA_URI_V4;
  if (!endpoint) return { workerId: hostname(), family: 'worker' };
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    // Not with `fetch`: it would load a client of its own beside the one that the SDK uses, for a fifth of the worker's start.
    const [answer] = (await once(get(`${endpoint}/task`, { signal }), 'response')) as [IncomingMessage];
    const { TaskARN, Family } = (await json(answer)) as { TaskARN: string; Family: string };
    return { workerId: TaskARN.split('/').at(-1) ?? hostname(), family: Family };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

import { hostname } from 'node:os';

/**
 * The id of the ECS task that this worker is, from the task metadata endpoint; outside ECS, the host's name.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
export async function workerId(environment: NodeJS.ProcessEnv): Promise<string> {
  const endpoint = environment.ECS_CONTAINER_METADATA_URI_V4;
  if (!endpoint) return hostname();
  const answer = await fetch(`${endpoint}/task`, { signal: AbortSignal.timeout(5_000) });
  const { TaskARN } = (await answer.json()) as { TaskARN: string };
  return TaskARN.split('/').at(-1) ?? hostname();
}

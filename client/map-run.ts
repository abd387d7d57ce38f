/** What the history and the results of an execution say about its Map Run. */
import { setTimeout as delay } from 'node:timers/promises';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import type { FleetStatus } from '../runtime/contract';
import { readObjectCounts } from '../runtime/map-run';
import type { Connection } from './deployment';
import { nameOfArn } from './execution-name';
import { noResults, type Results, readResults } from './results';

/**
 * As `findMapRun` of runtime/map-run.ts, for a caller that repeats it: from the latest events of the execution, since the bucket of
 * GetExecutionHistory refills with 20 a second and that of ListMapRuns with 1. After the map there are few events.
 */
export async function findLatestMapRun(
  { clients }: Connection,
  executionArn: string,
): Promise<string | undefined> {
  const { events = [] } = await clients.sfn.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, includeExecutionData: false }),
  );
  return events
    .map(
      ({ mapRunStartedEventDetails, mapRunRedrivenEventDetails }) =>
        (mapRunStartedEventDetails ?? mapRunRedrivenEventDetails)?.mapRunArn,
    )
    .find((arn) => arn !== undefined);
}

/** Events of one pass through the workflow's loop that asks for workers. */
const LOOP_EVENTS = 20;

/** Why the execution has no worker yet, by the provisioner's last answer; undefined if the provisioner knows no reason. */
export async function readShortage(
  { clients }: Connection,
  executionArn: string,
): Promise<string | undefined> {
  const command = new GetExecutionHistoryCommand({
    executionArn,
    reverseOrder: true,
    maxResults: LOOP_EVENTS,
    includeExecutionData: true,
  });
  const { events = [] } = await clients.sfn.send(command);
  const answer = events.find(({ taskSucceededEventDetails }) => taskSucceededEventDetails !== undefined);
  const output: { Payload?: Partial<FleetStatus> } = JSON.parse(
    answer?.taskSucceededEventDetails?.output ?? '{}',
  );
  return output.Payload?.reason || undefined;
}

/**
 * Prefix of the results of one Map Run, or of all that executions of this name had: a name is free again after 90 days.
 */
export function resultsPrefixOf({ deployment }: Connection, name: string, mapRunArn?: string): string {
  const prefix = `${deployment.resultsPrefix}${name}/`;
  return mapRunArn ? `${prefix}${nameOfArn(mapRunArn)}/` : prefix;
}

/** For the results of an execution that was stopped or timed out: Step Functions writes them after its end. */
export const RESULTS_SECONDS = 30;

/**
 * The results of an execution that has ended. If Step Functions could not write results, the Map Run's own counts replace
 * them; these do not count skipped objects separately.
 */
export async function readRunResults(
  connection: Connection,
  name: string,
  status: string,
  mapRunArn: string | undefined,
): Promise<Results> {
  const { clients, deployment } = connection;
  const prefix = resultsPrefixOf(connection, name, mapRunArn);
  if (!mapRunArn) return noResults(prefix);
  const deadline = Date.now() + RESULTS_SECONDS * 1000;
  for (;;) {
    const results = await readResults(clients.s3, deployment.bucketName, prefix);
    if (results.manifest) return results;
    if (status === 'SUCCEEDED' || status === 'FAILED' || Date.now() > deadline) break;
    await delay(250);
  }
  const { succeeded, failed, pending } = await readObjectCounts(clients.sfn, mapRunArn);
  return { ...noResults(prefix), succeeded, failed, pending };
}

/** The Map Run of an execution: one, since each execution enters one of the workflow's maps, and a redrive goes on with it. */
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeMapRunCommand, GetExecutionHistoryCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import type { Connection } from './deployment';
import { nameOfArn } from './execution-name';
import { noResults, type Results, readResults } from './results';

/** ARN; undefined if the execution has not reached its map, or never did. */
export async function findMapRun({ clients }: Connection, executionArn: string): Promise<string | undefined> {
  const { mapRuns } = await clients.sfn.send(new ListMapRunsCommand({ executionArn }));
  return mapRuns?.[0]?.mapRunArn;
}

/**
 * As `findMapRun`, for whoever looks again and again: from the latest events of the execution, since the bucket of
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

/** Events of one turn of the workflow's loop that asks for workers. */
const LOOP_EVENTS = 20;

/** Why the execution has no worker yet, as the provisioner has last answered it; undefined where it knows no reason. */
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
  const output = JSON.parse(answer?.taskSucceededEventDetails?.output ?? '{}');
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
 * them; these do not tell skipped objects apart.
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
  const { itemCounts } = await clients.sfn.send(new DescribeMapRunCommand({ mapRunArn }));
  const { total = 0, succeeded = 0, failed = 0, timedOut = 0 } = itemCounts ?? {};
  const failures = failed + timedOut;
  return { ...noResults(prefix), succeeded, failed: failures, pending: total - succeeded - failures };
}

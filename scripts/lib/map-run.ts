/** The Map Run of an execution: one, since each execution enters one of the workflow's maps, and a redrive goes on with it. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DescribeExecutionCommandOutput,
  DescribeMapRunCommand,
  ListMapRunsCommand,
} from '@aws-sdk/client-sfn';
import { type Results, readResults } from './results';
import type { Target } from './target';

type Place = Pick<Target, 'clients' | 'deployment'>;

/** ARN; undefined if the execution has not come to its map, or never did. */
export async function findMapRun({ clients }: Place, executionArn: string): Promise<string | undefined> {
  const { mapRuns } = await clients.sfn.send(new ListMapRunsCommand({ executionArn }));
  return mapRuns?.[0]?.mapRunArn;
}

/** Prefix of the results of one Map Run, or of all that executions of this name had: names come back after 90 days. */
export function resultsPrefixOf({ deployment }: Place, executionName: string, mapRunArn?: string): string {
  const prefix = `${deployment.resultsPrefix}${executionName}/`;
  return mapRunArn ? `${prefix}${mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1)}/` : prefix;
}

const NO_RESULTS: Results = { succeeded: 0, skipped: 0, failed: 0, pending: 0, failures: [] };

/** For the results of a run that was stopped or timed out: they are written after its end. */
const RESULTS_SECONDS = 30;

/**
 * What became of each object of an execution that has ended. Where results could not be written, what the Map Run
 * counted stands for them; it does not know what was skipped.
 */
export async function readRunResults(
  place: Place,
  { name = '', status }: Pick<DescribeExecutionCommandOutput, 'name' | 'status'>,
  mapRunArn: string | undefined,
): Promise<Results> {
  if (!mapRunArn) return NO_RESULTS;
  const { clients, deployment } = place;
  const prefix = resultsPrefixOf(place, name, mapRunArn);
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
  return { ...NO_RESULTS, succeeded, failed: failures, pending: total - succeeded - failures };
}

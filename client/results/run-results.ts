/** The results of one run: where in the bucket they are, and how long Step Functions may take to write them. */
import { setTimeout as delay } from 'node:timers/promises';
import { readObjectCounts } from '../../runtime/map-run';
import type { Connection } from '../deployment';
import { nameOfArn } from '../execution-name';
import { noResults, type Results, readResults } from './results';

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

/** The Map Run of an execution: one, since each execution enters one of the workflow's maps, and a redrive goes on with it. */
import { ListMapRunsCommand } from '@aws-sdk/client-sfn';
import type { Target } from './target';

/** ARN; undefined if the execution has not come to its map, or never did. */
export async function findMapRun({ clients }: Target, executionArn: string): Promise<string | undefined> {
  const { mapRuns } = await clients.sfn.send(new ListMapRunsCommand({ executionArn }));
  return mapRuns?.[0]?.mapRunArn;
}

/** Prefix of the results of one Map Run, or of all that executions of this name had: names come back after 90 days. */
export function resultsPrefixOf({ deployment }: Target, executionName: string, mapRunArn?: string): string {
  const prefix = `${deployment.resultsPrefix}${executionName}/`;
  return mapRunArn ? `${prefix}${mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1)}/` : prefix;
}

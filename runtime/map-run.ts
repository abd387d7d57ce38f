/** The Map Run of an execution, and what became of its objects. */
import {
  DescribeMapRunCommand,
  ListMapRunsCommand,
  type MapRunItemCounts,
  type SFNClient,
} from '@aws-sdk/client-sfn';

/** Objects by what became of them. Step Functions counts all objects of a task as failed if one of them fails. */
export interface ObjectCounts {
  /** Read from the source so far. */
  total: number;
  /** Processed or skipped. */
  succeeded: number;
  failed: number;
  /** Not begun, or in hand; after the end of the execution, not begun or cut off. */
  pending: number;
}

/**
 * ARN; undefined if the execution has not reached its map, or never did. There is one at most, since each execution enters one of the
 * workflow's maps, and a redrive goes on with it.
 */
export async function findMapRun(sfn: SFNClient, executionArn: string): Promise<string | undefined> {
  const { mapRuns } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  return mapRuns?.[0]?.mapRunArn;
}

export async function readObjectCounts(sfn: SFNClient, mapRunArn: string): Promise<ObjectCounts> {
  const { itemCounts } = await sfn.send(new DescribeMapRunCommand({ mapRunArn }));
  return objectCounts(itemCounts);
}

/** `counts`: of the Map Run, one item an object. */
export function objectCounts(counts: MapRunItemCounts | undefined): ObjectCounts {
  const { total = 0, succeeded = 0, failed = 0, timedOut = 0 } = counts ?? {};
  return { total, succeeded, failed: failed + timedOut, pending: total - succeeded - failed - timedOut };
}

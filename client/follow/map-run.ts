/** What the history of a running execution tells of its Map Run, and of what it waits for. */
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import type { FleetStatus } from '../../runtime/contract';
import type { Connection } from '../deployment';

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

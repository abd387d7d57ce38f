/** Reads what there is to tell of an execution that has ended. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  type MapRunItemCounts,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { ExecutionInput, ExecutionOutput, NotifierEvent } from '../contract';

export interface EndedExecution {
  arn: string;
  name: string;
  status: string;
  /** Of the run that has ended: the execution's start or its last redrive. */
  startedAt: Date;
  endedAt: Date;
  /** 0 for an execution that was not redriven. */
  redriveCount: number;
  /** Undefined where it is not what the workflow takes. */
  input?: ExecutionInput;
  /** Undefined where the execution has not reached its map. */
  mapRun?: { arn: string; counts: ObjectCounts };
  error?: string;
  cause?: string;
}

/** Objects by what became of them. Step Functions counts all objects of a task as failed where one of them fails. */
export interface ObjectCounts {
  total: number;
  /** Processed or skipped. */
  done: number;
  failed: number;
  /** Not begun, or cut off, when the execution ended. */
  pending: number;
}

/** DescribeExecution is eventually consistent, and the event is quick. */
const LOOKS = 5;
const LOOK_SECONDS = 2;

/**
 * Undefined if the execution was redriven since: it has not ended any more. Throws an Error if Step Functions does not know of the end
 * after some seconds, so that Lambda tries again in a minute.
 */
export async function readEndedExecution(
  sfn: SFNClient,
  { execution_arn, redrive_count }: NotifierEvent,
): Promise<EndedExecution | undefined> {
  const redriveCount = Number(redrive_count);
  for (let looks = 1; looks <= LOOKS; looks += 1) {
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn: execution_arn }));
    const count = described.redriveCount ?? 0;
    if (count > redriveCount) return undefined;
    if (count === redriveCount && described.stopDate) return complete(sfn, described, described.stopDate);
    await delay(LOOK_SECONDS * 1000);
  }
  throw new Error(`Step Functions does not yet describe the end of ${execution_arn}.`);
}

async function complete(
  sfn: SFNClient,
  described: DescribeExecutionCommandOutput,
  endedAt: Date,
): Promise<EndedExecution> {
  const { executionArn: arn = '', status = '', startDate = endedAt, redriveDate, error, cause } = described;
  return {
    arn,
    name: described.name ?? arn,
    status,
    startedAt: redriveDate ?? startDate,
    endedAt,
    redriveCount: described.redriveCount ?? 0,
    input: parse<ExecutionInput>(described.input),
    mapRun: await readMapRun(sfn, arn, parse<ExecutionOutput>(described.output)),
    error,
    cause,
  };
}

async function readMapRun(
  sfn: SFNClient,
  executionArn: string,
  output: ExecutionOutput | undefined,
): Promise<EndedExecution['mapRun']> {
  const arn = output ? output.map_run_arn : await findMapRun(sfn, executionArn);
  if (!arn) return undefined;
  const { itemCounts } = await sfn.send(new DescribeMapRunCommand({ mapRunArn: arn }));
  return { arn, counts: countsOf(itemCounts) };
}

async function findMapRun(sfn: SFNClient, executionArn: string): Promise<string | undefined> {
  const { mapRuns } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  return mapRuns?.[0]?.mapRunArn;
}

function countsOf(counts: MapRunItemCounts | undefined): ObjectCounts {
  const { total = 0, succeeded: done = 0, failed: gone = 0, timedOut = 0 } = counts ?? {};
  const failed = gone + timedOut;
  return { total, done, failed, pending: total - done - failed };
}

/** Undefined for what is not a JSON object: anybody may start an execution with any input. */
function parse<Document extends object>(text: string | undefined): Document | undefined {
  const value = JSON.parse(text ?? 'null');
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

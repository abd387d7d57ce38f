/** Reads the facts of an execution that has ended. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { ExecutionInput, ExecutionOutput, NotifierEvent } from '../contract';
import { findMapRun, type ObjectCounts, readObjectCounts } from '../map-run';

export interface EndedExecution {
  arn: string;
  name: string;
  status: string;
  /** Start of the run that has ended: the execution's start or its last redrive. */
  startedAt: Date;
  endedAt: Date;
  /** 0 for an execution that was not redriven. */
  redriveCount: number;
  /** Undefined if it is not what the workflow takes. */
  input?: ExecutionInput;
  /** Undefined if the execution has not reached its map. */
  mapRun?: { arn: string; counts: ObjectCounts };
  error?: string;
  cause?: string;
}

/** DescribeExecution is eventually consistent, and the event is quick. */
const ATTEMPTS = 5;
const INTERVAL_SECONDS = 2;

/**
 * Undefined if the execution was redriven since: it has not ended any more. Throws an Error if Step Functions does not know of the end
 * after some seconds, so that Lambda tries again in a minute.
 */
export async function readEndedExecution(
  sfn: SFNClient,
  { execution_arn, redrive_count }: NotifierEvent,
): Promise<EndedExecution | undefined> {
  const redriveCount = Number(redrive_count);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn: execution_arn }));
    const count = described.redriveCount ?? 0;
    if (count > redriveCount) return undefined;
    if (count === redriveCount && described.stopDate) return complete(sfn, described, described.stopDate);
    await delay(INTERVAL_SECONDS * 1000);
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
  return arn ? { arn, counts: await readObjectCounts(sfn, arn) } : undefined;
}

/** Undefined for what is not a JSON object: anybody may start an execution with any input. */
function parse<Document extends object>(text: string | undefined): Document | undefined {
  const value = JSON.parse(text ?? 'null');
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

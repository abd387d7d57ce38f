/** The executions of the state machine, as Step Functions shows them. */
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  paginateGetExecutionHistory,
  paginateListExecutions,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import pLimit from 'p-limit';

/** One execution as two reads show it. Either may be older than the other: ListExecutions is eventually consistent. */
export interface ObservedExecution {
  executionArn: string;
  /** Absent if the list of running executions does not have it. */
  listed?: {
    /** Its redrives so far. */
    redriveCount: number;
    /** Its start, or its latest redrive. */
    runningSince: Date;
  };
  /** Absent if Step Functions does not know the execution (yet). */
  described?: {
    isRunning: boolean;
    redriveCount: number;
    /** JSON */
    input: string;
    /** It has not asked for workers: its objects are being selected, and there may be none. */
    isSelecting?: boolean;
  };
}

/** DescribeExecution calls in flight at a time, for each call of the function. */
const MAX_DESCRIBE_CALLS = 4;

export interface ReadOptions {
  /** Also read this one if the list does not have it. It is always described again. */
  executionArn?: string;
  /**
   * Takes the others as they were described at this time or later, in milliseconds since the epoch, if they were: an execution's input
   * never changes, and the list says that it runs. Then only the list costs a call.
   */
  describedSince: number;
}

/**
 * Reads the executions that are listed as running. It outlives a call of the function: what it has described, it knows for the next.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
 */
export class ExecutionReader {
  private readonly known = new Map<string, { described: ObservedExecution['described']; at: number }>();

  constructor(
    private readonly sfn: SFNClient,
    private readonly stateMachineArn: string,
  ) {}

  async read({ executionArn: own, describedSince }: ReadOptions): Promise<ObservedExecution[]> {
    const executions = await listRunning(this.sfn, this.stateMachineArn);
    if (own && !executions.has(own)) executions.set(own, { executionArn: own });
    for (const executionArn of this.known.keys())
      if (!executions.has(executionArn)) this.known.delete(executionArn);
    const limit = pLimit(MAX_DESCRIBE_CALLS);
    const observe = async (execution: ObservedExecution): Promise<ObservedExecution> => {
      const { executionArn } = execution;
      const known = this.known.get(executionArn);
      if (known?.described && known.at >= describedSince && executionArn !== own)
        return { ...execution, described: known.described };
      const at = Date.now();
      const described = await describe(this.sfn, executionArn);
      this.known.set(executionArn, { described, at });
      return { ...execution, described };
    };
    try {
      return await Promise.all([...executions.values()].map((execution) => limit(observe, execution)));
    } catch (error) {
      // The next call needs only what is not known by now.
      limit.clearQueue();
      throw error;
    }
  }
}

async function listRunning(sfn: SFNClient, stateMachineArn: string): Promise<Map<string, ObservedExecution>> {
  const running = new Map<string, ObservedExecution>();
  const pages = paginateListExecutions({ client: sfn }, { stateMachineArn, statusFilter: 'RUNNING' });
  for await (const { executions = [] } of pages) {
    for (const { executionArn, redriveCount = 0, redriveDate, startDate } of executions) {
      const runningSince = redriveDate ?? startDate;
      if (!executionArn || !runningSince) continue;
      running.set(executionArn, { executionArn, listed: { redriveCount, runningSince } });
    }
  }
  return running;
}

async function describe(sfn: SFNClient, executionArn: string): Promise<ObservedExecution['described']> {
  try {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const isRunning = execution.status === 'RUNNING';
    const input = execution.input ?? '{}';
    return {
      isRunning,
      redriveCount: execution.redriveCount ?? 0,
      input,
      ...(isRunning && isSelected(input) && { isSelecting: !(await hasAsked(sfn, executionArn)) }),
    };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** The workflow may ask the selector first: it does so for a prefix of another bucket, too. */
function isSelected(input: string): boolean {
  const { select, manifest, bucket, prefix } = JSON.parse(input) ?? {};
  return select !== undefined || manifest !== undefined || (bucket !== undefined && prefix !== undefined);
}

/** Whether the execution has reached `Provision`. A long selection without a hit has many events before that. */
async function hasAsked(sfn: SFNClient, executionArn: string): Promise<boolean> {
  const input = { executionArn, maxResults: 1000, includeExecutionData: false };
  for await (const { events = [] } of paginateGetExecutionHistory({ client: sfn }, input)) {
    const names = events.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name);
    if (names.includes('Provision')) return true;
  }
  return false;
}

/** What the running executions need. */
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  paginateListExecutions,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { ProvisionerEvent } from '../contract';

export interface Demand {
  /** Workers that all running executions need together. */
  workers: number;
  /** Of these, the workers of the execution that the event says is running; 0 once it has ended. */
  own: number;
  /**
   * The list held everything that is known to run, and every execution's input could be read. If not, `workers` may be
   * too few: ListExecutions is eventually consistent
   * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html).
   */
  complete: boolean;
  /** The listed executions that need workers. */
  executions: { executionArn: string; runningSince: Date }[];
}

export interface DemandSource {
  stateMachineArn: string;
  /** An execution that asks for more is about to fail. */
  maxWorkers: number;
}

/** An execution as it is known to have run: a read that shows fewer redrives than that is an old one. */
interface KnownExecution {
  executionArn: string;
  redriveCount: number;
  /** Its start, or its latest redrive; unknown of one that the list does not show. */
  runningSince?: Date;
}

/** DescribeExecution calls in flight at a time: the API's bucket refills with 15 a second. */
const DESCRIBES_AT_ONCE = 10;

/** What the event says of its own execution holds against an older list. */
export async function readDemand(
  sfn: SFNClient,
  source: DemandSource,
  event: ProvisionerEvent,
): Promise<Demand> {
  const running = await listRunning(sfn, source.stateMachineArn);
  const demand: Demand = { workers: 0, own: 0, complete: true, executions: [] };
  const own = event.action === 'provision' || event.action === 'resume' ? event : undefined;
  const isListed = !own || (running.get(own.execution_arn)?.redriveCount ?? -1) >= own.redrive_count;
  if (own && !isListed) {
    running.set(own.execution_arn, { executionArn: own.execution_arn, redriveCount: own.redrive_count });
  }
  if (event.action === 'deprovision' && !runsAgain(running, event)) running.delete(event.execution_arn);

  const executions = [...running.values()];
  while (executions.length > 0) {
    const batch = executions.splice(0, DESCRIBES_AT_ONCE);
    const counts = await Promise.all(batch.map((execution) => readWorkerCount(sfn, execution, source)));
    for (const [index, { executionArn, runningSince }] of batch.entries()) {
      const isOwn = executionArn === own?.execution_arn;
      const count = counts[index] ?? (isOwn && own?.action === 'provision' ? own.worker_count : undefined);
      demand.workers += count ?? 0;
      if (isOwn) demand.own = count ?? 0;
      if (count && runningSince) demand.executions.push({ executionArn, runningSince });
      // One that has ended is not missed in the list.
      if (count === undefined || (isOwn && !isListed && count > 0)) demand.complete = false;
    }
  }
  return demand;
}

/** The executions that are listed as running, by ARN. */
async function listRunning(sfn: SFNClient, stateMachineArn: string): Promise<Map<string, KnownExecution>> {
  const running = new Map<string, KnownExecution>();
  for await (const page of paginateListExecutions(
    { client: sfn },
    { stateMachineArn, statusFilter: 'RUNNING' },
  )) {
    for (const { executionArn, redriveCount = 0, redriveDate, startDate } of page.executions ?? []) {
      const runningSince = redriveDate ?? startDate;
      if (executionArn) running.set(executionArn, { executionArn, redriveCount, runningSince });
    }
  }
  return running;
}

/** The execution whose end the event tells of has been redriven since: the event came late. */
function runsAgain(
  running: ReadonlyMap<string, KnownExecution>,
  event: { execution_arn: string; redrive_count: number },
): boolean {
  return (running.get(event.execution_arn)?.redriveCount ?? 0) > event.redrive_count;
}

/** 0 for an execution that has ended or will (its input is refused); undefined if it cannot be known yet. */
async function readWorkerCount(
  sfn: SFNClient,
  { executionArn, redriveCount }: KnownExecution,
  { maxWorkers }: DemandSource,
): Promise<number | undefined> {
  try {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== 'RUNNING' && (execution.redriveCount ?? 0) >= redriveCount) return 0;
    const { worker_count } = JSON.parse(execution.input ?? '{}') ?? {};
    const valid = Number.isInteger(worker_count) && worker_count > 0 && worker_count <= maxWorkers;
    return valid ? worker_count : 0;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

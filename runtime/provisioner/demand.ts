/** What the running executions need. */
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  paginateListExecutions,
  type SFNClient,
} from '@aws-sdk/client-sfn';

export interface Demand {
  /** Workers that all running executions need together. */
  workers: number;
  /**
   * The list held everything that is known to run, and every execution's input could be read. If not, `workers` may be
   * too few: ListExecutions is eventually consistent
   * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html).
   */
  complete: boolean;
}

/** DescribeExecution calls in flight at a time: the API's bucket refills with 15 a second. */
const DESCRIBES_AT_ONCE = 10;

/**
 * `running` is known to run and `ended` known to need nothing more, whatever the list says. An execution that asks for
 * more than `maxWorkers` is about to fail.
 */
export async function readDemand(
  sfn: SFNClient,
  { stateMachineArn, maxWorkers }: { stateMachineArn: string; maxWorkers: number },
  known: { running?: { executionArn: string; workerCount: number }; ended?: string },
): Promise<Demand> {
  const listed = new Set<string>();
  for await (const page of paginateListExecutions(
    { client: sfn },
    { stateMachineArn, statusFilter: 'RUNNING' },
  )) {
    for (const { executionArn } of page.executions ?? []) if (executionArn) listed.add(executionArn);
  }
  const demand: Demand = { workers: 0, complete: true };
  if (known.running) {
    demand.workers += known.running.workerCount;
    demand.complete = listed.delete(known.running.executionArn);
  }
  if (known.ended) listed.delete(known.ended);

  const others = [...listed];
  while (others.length > 0) {
    const counts = await Promise.all(
      others.splice(0, DESCRIBES_AT_ONCE).map((arn) => readWorkerCount(sfn, arn, maxWorkers)),
    );
    for (const count of counts) {
      demand.workers += count ?? 0;
      if (count === undefined) demand.complete = false;
    }
  }
  return demand;
}

/** 0 for an execution that has ended or will (its input is refused); undefined if it cannot be known yet. */
async function readWorkerCount(
  sfn: SFNClient,
  executionArn: string,
  maxWorkers: number,
): Promise<number | undefined> {
  try {
    const { status, input } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return 0;
    const { worker_count } = JSON.parse(input ?? '{}') ?? {};
    const valid = Number.isInteger(worker_count) && worker_count > 0 && worker_count <= maxWorkers;
    return valid ? worker_count : 0;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

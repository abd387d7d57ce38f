/** The demand of the running executions. A pure function: `executions.ts` reads the data for it. */
import type { ProvisionerEvent } from '../contract';
import type { ObservedExecution } from './executions';

export interface Demand {
  /** Workers that all running executions need together. */
  workers: number;
  /** The part of these that is for the event's own execution; 0 once that has ended. */
  own: number;
  /**
   * The list held everything that is known to run, and every execution's input could be read. If not, `workers` may be
   * too few.
   */
  complete: boolean;
  /** The listed executions that need workers. */
  executions: { executionArn: string; runningSince: Date }[];
}

/**
 * Adds up the workers of the observed executions. The event knows better than an older list: it says that its own
 * execution runs (`provision`, `resume`) or has ended (`deprovision`), in the run that `redrive_count` names.
 */
export function demandOf(executions: readonly ObservedExecution[], event: ProvisionerEvent): Demand {
  const demand: Demand = { workers: 0, own: 0, complete: true, executions: [] };
  for (const execution of executions) {
    const { executionArn, listed } = execution;
    const told = 'execution_arn' in event && event.execution_arn === executionArn ? event : undefined;
    const listedRuns = listed?.redriveCount ?? -1;
    // A list that shows a later redrive outdates the event of the end.
    if (told?.action === 'deprovision' && listedRuns <= told.redrive_count) continue;

    const own = told?.action === 'deprovision' ? undefined : told;
    const isListed = !own || listedRuns >= own.redrive_count;
    const known =
      !own && execution.described?.isSelecting
        ? 0
        : workersOf(execution, isListed ? listedRuns : own.redrive_count);
    const workers = known ?? (own?.action === 'provision' ? own.worker_count : undefined);
    demand.workers += workers ?? 0;
    if (own) demand.own = workers ?? 0;
    if (workers && listed && isListed) {
      demand.executions.push({ executionArn, runningSince: listed.runningSince });
    }
    // The list need not have one that has ended.
    if (workers === undefined || (workers > 0 && !isListed)) demand.complete = false;
  }
  return demand;
}

/**
 * 0 for an execution that has ended, or whose input asks for no number of workers; undefined if nobody can know yet. A read that
 * shows fewer redrives than `redriveCount` is an old one: it cannot say that the execution has ended. One that asks for more than the
 * maximum counts: it may have begun before a deployment lowered that. If not, the workflow refuses it at once, and it ends.
 */
function workersOf({ described }: ObservedExecution, redriveCount: number): number | undefined {
  if (!described) return undefined;
  if (!described.isRunning && described.redriveCount >= redriveCount) return 0;
  const { worker_count } = JSON.parse(described.input) ?? {};
  return Number.isInteger(worker_count) && worker_count > 0 ? worker_count : 0;
}

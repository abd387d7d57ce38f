/** Executions by ARN: all that run, and of the finished ones as many as the limit allows, failures the longest. */
import { ServiceError } from '../../../core/service';
import type { Execution } from './execution';
import type { MapRun } from './map/map-run';

/** Characters of all histories that are kept: 1,000 children of large batches would be as much as what was listed. */
const MAX_KEPT = 64 * 1_048_576;

/**
 * Keeps finished executions up to a limit. It removes those that succeeded before the others, the oldest first. It keeps the last one to
 * finish, because its starter is about to ask for its outcome, unless a map started it.
 */
class Archive {
  private readonly succeeded = new Set<Execution>();
  private readonly unsuccessful = new Set<Execution>();
  private size = 0;

  constructor(
    private readonly limit: number,
    private readonly evict: (execution: Execution) => void,
  ) {}

  add(execution: Execution): void {
    (execution.status === 'SUCCEEDED' ? this.succeeded : this.unsuccessful).add(execution);
    this.size += execution.history.size;
    for (;;) {
      const count = this.succeeded.size + this.unsuccessful.size;
      if (count <= 1 || (count <= this.limit && this.size <= MAX_KEPT)) return;
      const last = execution.mapRun ? undefined : execution;
      const oldest = oldestBut(last, this.succeeded) ?? oldestBut(last, this.unsuccessful);
      if (!oldest) return;
      this.remove(oldest);
      this.evict(oldest);
    }
  }

  /** Also when it is redriven, and runs again. */
  remove(execution: Execution): void {
    if (this.succeeded.delete(execution) || this.unsuccessful.delete(execution))
      this.size -= execution.history.size;
  }
}

function oldestBut(last: Execution | undefined, executions: Set<Execution>): Execution | undefined {
  for (const execution of executions) if (execution !== last) return execution;
  return undefined;
}

export class ExecutionStore {
  /** Executions that somebody started, by ARN, the oldest first. */
  readonly started = new Map<string, Execution>();
  /** Executions that a map started, by ARN. */
  readonly children = new Map<string, Execution>();
  private readonly mapRuns = new Map<string, MapRun>();
  /** By the ARN of the execution whose map it is, in order. */
  private readonly mapRunsByExecution = new Map<string, MapRun[]>();
  private readonly finished: Archive;
  private readonly finishedChildren: Archive;

  constructor(limit: number) {
    this.finished = new Archive(limit, (execution) => {
      this.started.delete(execution.executionArn);
      for (const { mapRunArn } of this.mapRunsOf(execution)) this.mapRuns.delete(mapRunArn);
      this.mapRunsByExecution.delete(execution.executionArn);
    });
    this.finishedChildren = new Archive(limit, (execution) => {
      this.children.delete(execution.executionArn);
      execution.mapRun?.forget(execution);
    });
  }

  running(execution: Execution): void {
    (execution.mapRun ? this.children : this.started).set(execution.executionArn, execution);
    (execution.mapRun ? this.finishedChildren : this.finished).remove(execution);
  }

  ended(execution: Execution): void {
    (execution.mapRun ? this.finishedChildren : this.finished).add(execution);
  }

  find(executionArn: string): Execution {
    const execution = this.started.get(executionArn) ?? this.children.get(executionArn);
    if (execution) return execution;
    throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  }

  addMapRun(run: MapRun): void {
    this.mapRuns.set(run.mapRunArn, run);
    const { executionArn } = run;
    this.mapRunsByExecution.set(executionArn, [...(this.mapRunsByExecution.get(executionArn) ?? []), run]);
  }

  /** Map Runs that the execution has started, in order. */
  mapRunsOf({ executionArn }: Execution): readonly MapRun[] {
    return this.mapRunsByExecution.get(executionArn) ?? [];
  }

  findMapRun(mapRunArn: string): MapRun {
    const run = this.mapRuns.get(mapRunArn);
    if (run) return run;
    throw new ServiceError('ResourceNotFound', `Resource not found: '${mapRunArn}'`);
  }
}

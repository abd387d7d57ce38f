/** Executions by ARN: all that run, and of the finished ones as many as the limit allows, failures the longest. */
import { ServiceError } from '../service';
import type { Execution } from './execution';
import type { MapRun } from './map/run';

/** Keeps what has finished up to a limit; what succeeded goes before what did not, the oldest first. */
class Archive {
  private readonly succeeded = new Set<Execution>();
  private readonly unsuccessful = new Set<Execution>();

  constructor(
    private readonly limit: number,
    private readonly evict: (execution: Execution) => void,
  ) {}

  add(execution: Execution): void {
    (execution.status === 'SUCCEEDED' ? this.succeeded : this.unsuccessful).add(execution);
    if (this.succeeded.size + this.unsuccessful.size <= this.limit) return;
    const from = this.succeeded.size > 0 ? this.succeeded : this.unsuccessful;
    const [oldest] = from;
    if (!oldest) return;
    from.delete(oldest);
    this.evict(oldest);
  }

  /** A redriven execution runs again. */
  remove(execution: Execution): void {
    this.unsuccessful.delete(execution);
  }
}

export class ExecutionStore {
  /** Executions that somebody started, by ARN, the oldest first. */
  readonly started = new Map<string, Execution>();
  /** Executions that a map started, by ARN. */
  readonly children = new Map<string, Execution>();
  readonly mapRuns = new Map<string, MapRun>();
  private readonly finished: Archive;
  private readonly finishedChildren: Archive;

  constructor(limit: number) {
    this.finished = new Archive(limit, (execution) => {
      this.started.delete(execution.executionArn);
      for (const run of execution.mapRuns) this.mapRuns.delete(run.mapRunArn);
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

  findMapRun(mapRunArn: string): MapRun {
    const run = this.mapRuns.get(mapRunArn);
    if (run) return run;
    throw new ServiceError('ResourceNotFound', `Resource not found: '${mapRunArn}'`);
  }
}

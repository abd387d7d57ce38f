/** Starts an execution, and follows one to its end. */
import type { Execution, ExecutionDescription, ExecutionInput, Snapshot } from '../../client';
import { RunTracker } from '../../client/tracker';
import { WaitWatcher } from '../../client/waits';
import type { Prices } from '../../runtime/cost/prices';
import type { Work } from '../../runtime/cost/usage';
import { executionConsoleUrl } from '../../stacks/console';
import type { Progress } from '../cli/progress';
import { describeProgress } from './describe-progress';
import { InterruptedRun } from './interruption';
import { describeCost, findPrices, runCost } from './prices';
import { ShownLog } from './shown-log';
import type { Target } from './target';

/** The local cloud answers at once, and costs nothing. On AWS the client keeps to the API's quotas. */
const INTERVAL_SECONDS = { local: 0.25, aws: undefined };

/** Shows the ARN and, on AWS, the console link. The caller has checked the input. */
export async function start(
  { kind, batch }: Target,
  name: string,
  input: ExecutionInput,
  progress: Progress,
): Promise<Execution> {
  const execution = await batch.start(input, { name, check: false });
  progress.note(`Execution ${execution.arn}`);
  if (kind === 'aws') progress.note(executionConsoleUrl(batch.deployment.region, execution.arn));
  return execution;
}

export interface FollowedRun {
  execution: Execution;
  /** Asked for. */
  workers: number;
  /** Whether its input has `force`. */
  force?: boolean;
  /** Whether the workers' log lines are shown, too. */
  logs?: boolean;
  /** Whether the execution goes on when `signal` is aborted. Default: it is stopped. */
  isLeft?: boolean;
}

/**
 * Shows the progress. When `signal` is aborted, stops the execution, unless it is left, and throws an InterruptedRun. Returns also what
 * only a follower of the run knows.
 */
export async function followToEnd(
  target: Target,
  { execution, workers, force, logs, isLeft = false }: FollowedRun,
  progress: Progress,
  signal: AbortSignal,
): Promise<FollowedToEnd> {
  const { kind } = target;
  const log = logs ? new ShownLog(target, execution.name, Date.now()) : undefined;
  const view = new RunView(target, workers, progress);
  let last: Snapshot | undefined;
  try {
    for await (const snapshot of execution.follow({ signal, intervalSeconds: INTERVAL_SECONDS[kind] })) {
      for await (const { texts } of log?.read() ?? []) for (const text of texts) progress.note(text);
      last = snapshot;
      view.show(snapshot);
    }
    progress.end();
    const [ended, prices] = await Promise.all([execution.describe(), view.prices]);
    return { ended, last: last as Snapshot, work: view.work, prices };
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!isLeft) {
      progress.step('Stopping the execution and its workers');
      await execution.stop('Stopped from the command line');
    }
    throw new InterruptedRun(signal.reason, last, { name: execution.name, isLeft, force });
  }
}

export interface FollowedToEnd {
  ended: ExecutionDescription;
  /** The last look, after the end. */
  last: Snapshot;
  /** What AWS bills of the run. */
  work: Work;
  /** Undefined if the deployment does not say what instances it has. */
  prices?: Prices;
}

/** The progress line, and a line for each thing that the run waits for. */
class RunView {
  readonly prices: Promise<Prices | undefined>;
  private readonly tracker: RunTracker;
  private readonly waits: WaitWatcher;
  private known?: Prices;
  work: Work = { workers: 0, workerSeconds: 0, attempts: 0, objects: 0 };

  constructor(
    private readonly target: Target,
    private readonly workers: number,
    private readonly progress: Progress,
  ) {
    this.tracker = new RunTracker(workers);
    this.waits = new WaitWatcher(workers);
    const { fleet } = target.batch.deployment;
    this.prices = fleet ? findPrices(target, fleet) : Promise.resolve(undefined);
    void this.prices.then((prices) => {
      this.known = prices;
    });
  }

  show(snapshot: Snapshot): void {
    const state = this.tracker.track(snapshot);
    this.work = state.work;
    if (snapshot.phase === 'ended') return;
    for (const { message } of this.waits.watch(snapshot)) this.progress.note(message);
    const cost = runCost(this.target, state.work, this.known);
    const text = cost && describeCost(this.target, cost.dollars);
    this.progress.update(describeProgress(snapshot, state, this.workers, text));
  }
}

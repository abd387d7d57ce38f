/** One run for all the pages that look at it: followed once, however many they are, and no longer than somebody looks. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Execution, type ExecutionDescription, NoResultsError } from '../../client';
import { FiguresCollector } from '../../client/figures/collector';
import { type TrackedSnapshot, trackSnapshots } from '../../client/follow/tracked-snapshots';
import { RESULTS_SECONDS } from '../../client/results/run-results';
import type { LiveProgress, RunEvent, RunView } from '../../page/run-view';
import { costView } from '../report/cost';
import { describedRun, describeIfKnown, endedRun } from '../report/run-view';
import { findPrices } from '../run/prices';
import { ShownLog } from '../run/shown-log';
import type { Target } from '../target/target';
import { KEPT_LINES } from './kept-lines';
import { objectLinkOf } from './object-link';
import { observeLine } from './observe-line';

/** The local cloud answers at once, and costs nothing. On AWS the client keeps to the API's quotas. */
const INTERVAL_SECONDS = { local: 1, aws: undefined };
/** For a reader who loads the page again. */
const LINGER_MILLISECONDS = 30_000;

type Listener = (event: RunEvent) => void;

export class LiveRun {
  private readonly listeners = new Set<Listener>();
  private readonly lines: string[] = [];
  private run?: RunView;
  private isOver = false;
  private following?: AbortController;
  private lingering?: NodeJS.Timeout;

  constructor(
    private readonly target: Target,
    private readonly execution: Execution,
    /** Called when nobody has looked for a while. */
    private readonly onIdle: () => void,
  ) {}

  /** Tells what is known at once, and what comes. Returns what ends it. */
  subscribe(listener: Listener): () => void {
    clearTimeout(this.lingering);
    this.listeners.add(listener);
    if (this.lines.length > 0) listener({ lines: [...this.lines] });
    if (this.run) listener({ run: this.run });
    if (this.isOver) listener({ isOver: true });
    if (!this.following) this.start();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.lingering = setTimeout(this.onIdle, LINGER_MILLISECONDS).unref();
    };
  }

  close(): void {
    clearTimeout(this.lingering);
    this.following?.abort();
    this.following = undefined;
  }

  private start(): void {
    const following = new AbortController();
    this.following = following;
    this.lines.length = 0;
    this.follow(following.signal).catch((error: Error) => {
      if (following.signal.aborted) return;
      this.tell({ problem: error.message });
      // The next page that asks tries again.
      this.following = undefined;
    });
  }

  private tell(event: RunEvent): void {
    if ('run' in event) this.run = event.run;
    for (const listener of this.listeners) listener(event);
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const description = await describeIfKnown(this.execution);
    if (description?.status === 'RUNNING') await this.followRunning(description, signal);
    await this.showEnd(signal);
    this.isOver = true;
    this.tell({ isOver: true });
  }

  private async followRunning(description: ExecutionDescription, signal: AbortSignal): Promise<void> {
    const { target, execution } = this;
    const { kind, batch } = target;
    const { fleet } = batch.deployment;
    const collector = new FiguresCollector();
    const log = new ShownLog(target, execution.name, description.startedAt.getTime());
    const workers = description.input.worker_count;
    const prices = fleet && (await findPrices(target, fleet));
    const snapshots = execution.follow({ signal, intervalSeconds: INTERVAL_SECONDS[kind] });
    for await (const tracked of trackSnapshots(snapshots, workers)) {
      await this.readLines(log, collector);
      if (tracked.snapshot.phase === 'ended') return;
      const cost = fleet && prices && costView(kind, tracked.progress.work, fleet, prices);
      this.tell({
        run: this.withLinks({
          ...describedRun(target, execution, description),
          figures: collector.figures,
          progress: progressOf(tracked),
          ...(cost && { cost }),
        }),
      });
    }
  }

  private async readLines(log: ShownLog, collector: FiguresCollector): Promise<void> {
    let shown: string[] = [];
    for await (const { line, texts } of log.read()) {
      const object = line && observeLine(line, this.execution.name);
      if (object) collector.add(object);
      shown.push(...texts);
      if (shown.length > 2 * KEPT_LINES) shown = shown.slice(-KEPT_LINES);
    }
    this.addLines(shown);
  }

  private addLines(lines: string[]): void {
    if (lines.length === 0) return;
    this.lines.push(...lines.slice(-KEPT_LINES));
    this.lines.splice(0, this.lines.length - KEPT_LINES);
    this.tell({ lines: lines.slice(-KEPT_LINES) });
  }

  private async showEnd(signal: AbortSignal): Promise<void> {
    const { target, execution } = this;
    for (;;) {
      signal.throwIfAborted();
      try {
        return this.tell({ run: this.withLinks(await endedRun(target, execution)) });
      } catch (error) {
        if (!(error instanceof NoResultsError)) throw error;
        const description = await execution.describe();
        const { location, ...described } = describedRun(target, execution, description);
        const { results: _, ...known } = location;
        const { figures } = new FiguresCollector();
        this.tell({ run: this.withLinks({ ...described, location: known, figures }) });
        const { status, endedAt = new Date() } = description;
        const mayCome = status === 'ABORTED' || status === 'TIMED_OUT';
        if (!mayCome || Date.now() - endedAt.getTime() > RESULTS_SECONDS * 1000) return;
        await delay(1000, undefined, { signal });
      }
    }
  }

  private withLinks(run: RunView): RunView {
    return { ...run, location: { ...run.location, objectLink: objectLinkOf(this.target.batch, run.input) } };
  }
}

function progressOf({ snapshot, progress, waiting }: TrackedSnapshot): LiveProgress | undefined {
  const { phase, total, done, failed, workersRunning } = snapshot;
  if (phase === 'ended') return undefined;
  const { rate, secondsLeft } = progress;
  const waits = waiting.map(({ message }) => message);
  return { phase, total, done, failed, workersRunning, rate, secondsLeft, waits };
}

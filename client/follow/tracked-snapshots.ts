/** A run as it goes on, for code that shows it to people: each snapshot with what follows from it and from those before. */
import type { Snapshot } from './snapshot';
import { type RunProgress, RunTracker } from './tracker';
import { type Wait, WaitWatcher } from './waits';

export interface TrackedSnapshot {
  snapshot: Snapshot;
  progress: RunProgress;
  /** What the run waits for. */
  waiting: Wait[];
  /** Those of them that have begun since the last snapshot. */
  begun: Wait[];
}

/** `snapshots`: of `Execution.follow`. `workers`: that the execution asked for. */
export async function* trackSnapshots(
  snapshots: AsyncIterable<Snapshot>,
  workers: number,
): AsyncGenerator<TrackedSnapshot> {
  const tracker = new RunTracker(workers);
  const waits = new WaitWatcher(workers);
  for await (const snapshot of snapshots) {
    const begun = waits.watch(snapshot);
    yield { snapshot, progress: tracker.track(snapshot), waiting: waits.waiting, begun };
  }
}

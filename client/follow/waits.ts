/** What a run waits for, as its snapshots show it: pure functions. */
import type { Snapshot } from './snapshot';

/** Something that a run waits for. */
export interface Wait {
  /** `capacity`: workers are missing. `worker`: one has ended. `storage`: S3 does not answer. `tasks`: nothing ends. */
  kind: 'capacity' | 'worker' | 'storage' | 'tasks';
  /** One line for people. */
  message: string;
}

/** A normal instance boots within this time. */
const BOOT_SECONDS = 300;
/** By default an object takes 300 s at most: if none ends for this long, something is wrong. */
const QUIET_SECONDS = 300;

/** Reports each wait when it begins, and again only after it has ended. */
export class WaitWatcher {
  private readonly begun = new Set<Wait['kind']>();
  /** What the run waited for at the last snapshot. */
  waiting: Wait[] = [];
  private last?: Snapshot;
  /** When the number of objects that are done last changed. */
  private movedAt = 0;

  /** `workers`: that the execution asked for. */
  constructor(private readonly workers: number) {}

  /** Takes the next snapshot; returns the waits that have begun since the last one. */
  watch(snapshot: Snapshot): Wait[] {
    const { last } = this;
    this.last = snapshot;
    if (snapshot.done !== last?.done) this.movedAt = snapshot.seconds;
    const waits = [
      this.capacity(snapshot),
      this.worker(snapshot, last),
      this.storage(snapshot, last),
      this.tasks(snapshot),
    ].filter((wait) => wait !== undefined);
    this.waiting = waits;
    const kinds = new Set(waits.map(({ kind }) => kind));
    const begun = waits.filter(({ kind }) => !this.begun.has(kind));
    this.begun.clear();
    for (const kind of kinds) this.begun.add(kind);
    return begun;
  }

  private capacity({ phase, seconds, shortage, workersRunning }: Snapshot): Wait | undefined {
    if (shortage) return { kind: 'capacity', message: `Waiting for workers: ${shortage}` };
    if (workersRunning === undefined || seconds < BOOT_SECONDS) return undefined;
    if (workersRunning >= this.workers || phase === 'deprovisioning' || phase === 'ended') return undefined;
    return {
      kind: 'capacity',
      message: `Waiting for capacity: ${workersRunning} of ${this.workers} workers run after ${Math.round(seconds / 60)} minutes. Those that run go on.`,
    };
  }

  private worker({ phase, workersRunning }: Snapshot, last?: Snapshot): Wait | undefined {
    if (phase !== 'processing' || workersRunning === undefined) return undefined;
    const before = Math.min(last?.workersRunning ?? 0, this.workers);
    if (workersRunning >= before) return undefined;
    return {
      kind: 'worker',
      message: `${before - workersRunning} of ${before} workers ended. If one died, its tasks wait until their heartbeat is missed (heartbeatSeconds); then others take them.`,
    };
  }

  private storage({ tries }: Snapshot, last?: Snapshot): Wait | undefined {
    const count = tries?.retried.StorageError ?? 0;
    if (count <= (last?.tries?.retried.StorageError ?? 0)) return undefined;
    return {
      kind: 'storage',
      message: `Workers wait for S3: it throttled or failed ${count} attempts (StorageError). They try again, with longer and longer pauses.`,
    };
  }

  private tasks({ phase, seconds, workersRunning }: Snapshot): Wait | undefined {
    if (phase !== 'processing' || seconds - this.movedAt < QUIET_SECONDS) return undefined;
    return {
      kind: 'tasks',
      message: `No object has ended for ${Math.round((seconds - this.movedAt) / 60)} minutes, with ${workersRunning ?? 'an unknown number of'} workers running: see the workers' log (--logs).`,
    };
  }
}

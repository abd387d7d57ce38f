/** What follows from the snapshots of a run: the rate now, the time that is left, the workers' hours so far. */
import { DRAIN_SECONDS, type Work } from '../../runtime/cost/usage';
import type { Snapshot } from './snapshot';

export interface RunProgress {
  /** Of the objects that are known, 0 to 1; undefined while none is. */
  share?: number;
  /** Objects a second that end now: over the last minute or so. Undefined until the map has taken some time. */
  rate?: number;
  /** Seconds until all objects that are known are done, at this rate; undefined if none ends. */
  secondsLeft?: number;
  /** What AWS has billed so far. */
  work: Work;
}

/** The rate is that of this many seconds, or of the last two samples if they are further apart. */
const WINDOW_SECONDS = 60;

interface Sample {
  seconds: number;
  done: number;
}

export class RunTracker {
  private samples: Sample[] = [];
  private workerSeconds = 0;
  private last?: Snapshot;

  /** `workers`: that the execution asked for. */
  constructor(private readonly workers: number) {}

  /** Takes the next snapshot. */
  track(snapshot: Snapshot): RunProgress {
    this.workerSeconds += this.workersOf(snapshot) * (snapshot.seconds - (this.last?.seconds ?? 0));
    if (snapshot.phase === 'ended' && this.last?.phase !== 'ended')
      this.workerSeconds += this.workers * DRAIN_SECONDS;
    this.last = snapshot;
    const { total, done } = snapshot;
    const rate = this.rateAt(snapshot);
    return {
      ...(total > 0 && { share: done / total }),
      ...(rate !== undefined && { rate }),
      ...(rate && { secondsLeft: (total - done) / rate }),
      work: this.workAt(snapshot),
    };
  }

  /** Executions share the fleet. Instances that boot are billed, too: until a worker runs, all of them count as booting. */
  private workersOf({ workersRunning, workersStarting = 0, phase }: Snapshot): number {
    if (workersRunning === undefined || phase === 'provisioning') return this.workers;
    return Math.min(this.workers, workersRunning + workersStarting);
  }

  private rateAt({ phase, processingSeconds: seconds, done }: Snapshot): number | undefined {
    if (phase !== 'processing') return undefined;
    // The map's own start is a sample, too, if it is within the window: two samples of somebody who came late may lie close together.
    if (this.samples.length === 0 && seconds < WINDOW_SECONDS) this.samples.push({ seconds: 0, done: 0 });
    this.samples.push({ seconds, done });
    const isOld = (sample?: Sample) => sample !== undefined && seconds - sample.seconds >= WINDOW_SECONDS;
    while (this.samples.length > 2 && isOld(this.samples[1])) this.samples.shift();
    const [first] = this.samples;
    return first && seconds > first.seconds ? (done - first.done) / (seconds - first.seconds) : undefined;
  }

  private workAt({ done, tasksDone, tries }: Snapshot): Work {
    const retries = Object.values(tries?.retried ?? {}).reduce((sum, count) => sum + count, 0);
    const attempts = tasksDone + Math.min(retries, tasksDone) + (tries?.interruptions ?? 0);
    return { workers: this.workers, workerSeconds: this.workerSeconds, attempts, objects: done };
  }
}

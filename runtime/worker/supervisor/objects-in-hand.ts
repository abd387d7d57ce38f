/** The objects that a slot's process has: how long each may take, and which of them is at fault when the process ends. */
import type { ObjectResult } from '../../contract';
import type { ObjectStage } from '../slot/messages';
import type { TaskError } from '../task-error';

/** The process has ended, for no reason that the object gave: another can process it as if nothing had happened. */
export class NotAtFault extends Error {
  constructor(
    message: string,
    /** Some of its outputs may be there: large ones are written while it has its turn. */
    readonly mayBeWritten = false,
  ) {
    super(message);
  }
}

/** The weight of the turn that has ended last, against those before, if it was shorter. */
const WEIGHT_OF_LAST = 0.2;

export interface ObjectInHand {
  key: string;
  /** Called when the object enters a stage. */
  onStage(stage: ObjectStage): void;
  resolve(result: ObjectResult): void;
  reject(error: Error): void;
}

interface Entry extends ObjectInHand {
  /** None before its turn with the processor. */
  stage?: ObjectStage;
  /** Start of its turn, by performance.now(). */
  begunAt?: number;
  deadline?: NodeJS.Timeout;
}

export class ObjectsInHand {
  /** In the order in which they came. */
  private readonly entries = new Map<number, Entry>();
  /** The deadline of those that wait or are written, while the processor has none in hand: it loads, or S3 does not answer. */
  private waitDeadline?: NodeJS.Timeout;
  private late?: Entry;
  private count = 0;
  private isStopped = false;
  /** An object has had its turn with the processor. */
  hasProcessed = false;
  /**
   * How long an object may have the processor, by those that had it: a long one counts at once, and is forgotten slowly. Undefined before the
   * first is through.
   */
  secondsPerTurn?: number;

  /** `deadlineSeconds`: that an object may take, without the time that it waits for others. `onLate`: called once for one that is late. */
  constructor(
    private readonly deadlineSeconds: number,
    private readonly onLate: () => void,
  ) {}

  /** Returns the object's number. */
  add(object: ObjectInHand): number {
    const id = this.count;
    this.count += 1;
    this.entries.set(id, { ...object });
    this.watchWaiting();
    return id;
  }

  has(id: number): boolean {
    return this.entries.has(id);
  }

  enter(id: number, stage: ObjectStage): void {
    const entry = this.entries.get(id) as Entry;
    this.endTurn(entry);
    entry.stage = stage;
    if (stage === 'processing') {
      this.hasProcessed = true;
      entry.begunAt = performance.now();
      if (!this.isStopped) entry.deadline = this.startDeadline(entry);
    }
    this.watchWaiting();
    entry.onStage(stage);
  }

  remove(id: number): ObjectInHand {
    const entry = this.entries.get(id) as Entry;
    this.entries.delete(id);
    this.endTurn(entry);
    this.watchWaiting();
    return entry;
  }

  /** The key of the object that the standard error of the process is about; undefined if it may be about several. */
  get likelyKey(): string | undefined {
    const [first, ...others] = this.entries.values();
    return (this.inProcess() ?? (others.length === 0 ? first : undefined))?.key;
  }

  /** None is late any more. */
  stopClock(): void {
    this.isStopped = true;
    for (const { deadline } of this.entries.values()) clearTimeout(deadline);
    clearTimeout(this.waitDeadline);
  }

  /** The process has ended: the object at fault, unless there is none, fails with the error, and the others as NotAtFault. */
  end(error: TaskError | NotAtFault): void {
    this.stopClock();
    const atFault = error instanceof NotAtFault ? undefined : this.atFault();
    for (const entry of this.entries.values())
      entry.reject(entry === atFault ? error : new NotAtFault(error.message, entry.stage !== undefined));
    this.entries.clear();
  }

  private endTurn(entry: Entry): void {
    clearTimeout(entry.deadline);
    if (entry.begunAt === undefined) return;
    const seconds = (performance.now() - entry.begunAt) / 1000;
    entry.begunAt = undefined;
    const before = this.secondsPerTurn ?? seconds;
    this.secondsPerTurn = Math.max(seconds, before + (seconds - before) * WEIGHT_OF_LAST);
  }

  /** The first one is late. While the processor has one in hand, that one may block the process, and so the requests of the others. */
  private watchWaiting(): void {
    clearTimeout(this.waitDeadline);
    const [first] = this.entries.values();
    if (first && !this.isStopped && !this.inProcess()) this.waitDeadline = this.startDeadline(first);
  }

  private startDeadline(entry: Entry): NodeJS.Timeout {
    return setTimeout(() => {
      this.late ??= entry;
      this.onLate();
    }, this.deadlineSeconds * 1000);
  }

  private inProcess(): Entry | undefined {
    return [...this.entries.values()].find(({ stage }) => stage === 'processing');
  }

  /** The one that is late, or that the processor had in hand, or was loaded for; or there was no other one. */
  private atFault(): Entry | undefined {
    const [first, ...others] = this.entries.values();
    const isOnly = others.length === 0 && first?.stage !== undefined;
    return this.late ?? this.inProcess() ?? (isOnly || !this.hasProcessed ? first : undefined);
  }
}

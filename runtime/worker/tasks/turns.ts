/**
 * Whose turn it is in a worker. Tasks are performed side by side, one in a slot, except one that several workers died with: it waits
 * for those in hand, and is then performed alone, so that its death costs no other task. A task that cannot be performed here goes
 * back to Step Functions, since another worker may be idle.
 */
import { EventEmitter, once } from 'node:events';

/** Deaths from which on a task is performed alone. One may have any reason, and hits every task in hand. */
const SUSPICIOUS_DEATHS = 2;
/** A task that is handed back waits for a second: waiting here for a slot is worth no more. */
const WAIT_MILLISECONDS = 1_000;

/** Why a task is handed back. */
const REFUSALS = {
  closed: 'the worker was told to stop',
  alone: 'the worker tries another task alone',
  busy: 'no slot is free',
};

/** Told of each task that is performed. */
export interface TurnListener {
  begun?(): void;
  ending?(): void;
  ended?(): void;
}

export interface BegunTurn {
  /** From 1, in this worker: no other task has it until the turn ends. */
  slot: number;
  refusal?: undefined;
}

interface RefusedTurn {
  refusal: string;
}

/** The turn of one task. */
export interface Turn {
  /**
   * Resolves when the task may be performed, with the number of its slot, from 1; with a reason, if it is to be handed back. Rejects
   * with the signal's reason if that is aborted first.
   */
  begin(deaths: number, signal: AbortSignal): Promise<BegunTurn | RefusedTurn>;
  /** Only the report is left: the next task may be polled for, and begins when that is accepted. */
  endSoon(): void;
  /** Lets the next one begin. Does nothing where the turn has not begun. */
  end(): void;
}

export class Turns {
  /** Slots of the tasks in hand. */
  private readonly taken = new Set<number>();
  /** Those of tasks that end soon. */
  private readonly ending = new Set<number>();
  /** Tasks that wait for a slot. */
  private waiting = 0;
  private readonly changed = new EventEmitter();
  /** A suspicious task is in hand, or waits for the others. */
  private occupied = false;
  private closed = false;

  constructor(
    private readonly slots: number,
    private readonly listener: TurnListener = {},
  ) {
    // Every task may wait for it.
    this.changed.setMaxListeners(0);
  }

  /** Tasks that may begin now or soon, beside those that wait. */
  get free(): number {
    if (this.closed || this.occupied) return 0;
    return this.slots - this.taken.size + this.ending.size - this.waiting;
  }

  /** For one task. */
  next(): Turn {
    let finish = () => {};
    let endSoon = () => {};
    let patience: NodeJS.Timeout | undefined;
    return {
      begin: async (deaths, signal) => {
        const alone = deaths >= SUSPICIOUS_DEATHS;
        const begun = alone ? await this.beginAlone(signal) : await this.beginInSlot(signal);
        if (begun.refusal !== undefined) return begun;
        this.listener.begun?.();
        endSoon = () => {
          endSoon = () => {};
          this.ending.add(begun.slot);
          // A task that is polled for waits no longer than this either.
          patience = setTimeout(() => this.ending.delete(begun.slot), WAIT_MILLISECONDS);
          this.listener.ending?.();
        };
        finish = () => {
          finish = () => {};
          clearTimeout(patience);
          endSoon = () => {};
          this.taken.delete(begun.slot);
          this.ending.delete(begun.slot);
          if (alone) this.occupied = false;
          this.listener.ended?.();
          this.change();
        };
        return begun;
      },
      endSoon: () => endSoon(),
      end: () => finish(),
    };
  }

  /** No other task begins. */
  close(): void {
    this.closed = true;
    this.change();
  }

  private get refusal(): string | undefined {
    if (this.closed) return REFUSALS.closed;
    return this.occupied ? REFUSALS.alone : undefined;
  }

  /** Whoever sees a free slot takes it at once: several may wait. */
  private async beginInSlot(signal: AbortSignal): Promise<BegunTurn | RefusedTurn> {
    if (this.refusal === undefined && this.taken.size < this.slots) return this.take();
    const patience = AbortSignal.timeout(WAIT_MILLISECONDS);
    const ended = AbortSignal.any([signal, patience]);
    this.waiting += 1;
    try {
      while (this.refusal === undefined && this.taken.size >= this.slots) {
        await this.nextChange(ended);
        signal.throwIfAborted();
        if (patience.aborted) return { refusal: this.refusal ?? REFUSALS.busy };
      }
      return this.refusal === undefined ? this.take() : { refusal: this.refusal };
    } finally {
      this.waiting -= 1;
    }
  }

  private async beginAlone(signal: AbortSignal): Promise<BegunTurn | RefusedTurn> {
    if (this.refusal !== undefined) return { refusal: this.refusal };
    this.occupied = true;
    while (this.taken.size > 0 && !this.closed && !signal.aborted) await this.nextChange(signal);
    if (this.closed || signal.aborted) {
      this.occupied = false;
      this.change();
      signal.throwIfAborted();
      return { refusal: REFUSALS.closed };
    }
    return this.take();
  }

  /** The first slot that is free. */
  private take(): BegunTurn {
    let slot = 1;
    while (this.taken.has(slot)) slot += 1;
    this.taken.add(slot);
    return { slot };
  }

  private change(): void {
    this.changed.emit('change');
  }

  /** Resolves also where the signal is aborted. */
  private async nextChange(signal: AbortSignal): Promise<void> {
    await once(this.changed, 'change', { signal }).catch(() => {});
  }
}

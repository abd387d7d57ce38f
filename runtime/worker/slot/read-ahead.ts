/**
 * Memory for objects that are read while they wait for their turn. How large an object is shows only when S3 answers, and a body that
 * finds no room then has to be asked for a second time. So an object waits before its request until there is room for one as large as the
 * last one.
 */

/** What one object holds. */
export interface Room {
  /** Holds this many bytes. False if they do not fit: then it holds none. */
  hold(bytes: number): boolean;
  /** Calling it again does nothing. */
  release(): void;
}

interface Waiting {
  bytes: number;
  begin(room: Room): void;
}

export class ReadAhead {
  private left: number;
  /** Bytes of the object that came last. */
  private expected = 0;
  private readonly waiting: Waiting[] = [];

  constructor(private readonly bytes: number) {
    this.left = bytes;
  }

  /** Resolves in the order of the calls. */
  ask(): Promise<Room> {
    return new Promise((begin) => {
      this.waiting.push({ bytes: Math.min(this.expected, this.bytes), begin });
      this.admit();
    });
  }

  private admit(): void {
    for (let next = this.waiting[0]; next && next.bytes <= this.left; next = this.waiting[0]) {
      this.waiting.shift();
      next.begin(this.give(next.bytes));
    }
  }

  private give(bytes: number): Room {
    let held = bytes;
    this.left -= held;
    const change = (to: number) => {
      this.left += held - to;
      held = to;
      this.admit();
    };
    return {
      hold: (wanted) => {
        this.expected = wanted;
        const fits = wanted <= this.left + held;
        change(fits ? wanted : 0);
        return fits;
      },
      release: () => change(0),
    };
  }
}

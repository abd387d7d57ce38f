/** Bytes that may be in memory at a time. */
export class ByteBudget {
  constructor(private left: number) {}

  /** A function that gives the bytes back, once; undefined if they do not fit. */
  take(bytes: number): (() => void) | undefined {
    if (bytes > this.left) return undefined;
    this.left -= bytes;
    let held = bytes;
    return () => {
      this.left += held;
      held = 0;
    };
  }
}

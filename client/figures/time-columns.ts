/**
 * Sums by time, for times that come in no order and whose range nobody knows before: columns become twice as wide, and two become
 * one, whenever there would be too many.
 */

const FIRST_MILLISECONDS = 125;

/** Sums by column. */
export type Sums = Map<number, number>;

export class TimeColumns {
  private milliseconds = FIRST_MILLISECONDS;
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;
  private readonly all: Sums[] = [];

  /** `maxColumns`: it never has more columns. */
  constructor(private readonly maxColumns: number) {}

  /** Sums on the same columns. */
  series(): Sums {
    const sums: Sums = new Map();
    this.all.push(sums);
    return sums;
  }

  /** `time`: milliseconds since the epoch. */
  add(sums: Sums, time: number, amount = 1): void {
    this.extendTo(time);
    this.increase(sums, this.columnOf(time), amount);
  }

  /** Adds the seconds between the two times to the columns that they belong to. */
  addSpan(sums: Sums, from: number, to: number): void {
    this.extendTo(from);
    this.extendTo(to);
    for (let column = this.columnOf(from); column <= this.columnOf(to); column += 1) {
      const start = Math.max(from, column * this.milliseconds);
      const end = Math.min(to, (column + 1) * this.milliseconds);
      if (end > start) this.increase(sums, column, (end - start) / 1000);
    }
  }

  get grid(): { from: number; seconds: number; columns: number } {
    const seconds = this.milliseconds / 1000;
    if (this.last < this.first) return { from: 0, seconds, columns: 0 };
    return { from: this.first * this.milliseconds, seconds, columns: this.last - this.first + 1 };
  }

  /** From the first column to the last. */
  values(sums: Sums): number[] {
    return Array.from({ length: this.grid.columns }, (_, index) => sums.get(this.first + index) ?? 0);
  }

  private extendTo(time: number): void {
    this.first = Math.min(this.first, this.columnOf(time));
    this.last = Math.max(this.last, this.columnOf(time));
    while (this.last - this.first >= this.maxColumns) this.widen();
  }

  private widen(): void {
    this.milliseconds *= 2;
    this.first = Math.floor(this.first / 2);
    this.last = Math.floor(this.last / 2);
    for (const sums of this.all) {
      const before = [...sums];
      sums.clear();
      for (const [column, amount] of before) this.increase(sums, Math.floor(column / 2), amount);
    }
  }

  private columnOf(time: number): number {
    return Math.floor(time / this.milliseconds);
  }

  private increase(sums: Sums, column: number, amount: number): void {
    sums.set(column, (sums.get(column) ?? 0) + amount);
  }
}

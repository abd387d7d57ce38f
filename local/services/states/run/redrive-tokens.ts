/** The client tokens of an execution's redrives: a redrive with a known one is the same request again. */

/** Source: API reference, RedriveExecution. */
const MAX_TOKENS = 10;
const MAX_AGE_MILLISECONDS = 15 * 60_000;

export class RedriveTokens {
  /** When each was first used, in milliseconds; the oldest first. */
  private used?: Map<string, number>;

  has(token: string | undefined): boolean {
    const usedAt = token === undefined ? undefined : this.used?.get(token);
    return usedAt !== undefined && Date.now() - usedAt <= MAX_AGE_MILLISECONDS;
  }

  add(token: string | undefined): void {
    if (token === undefined) return;
    this.used ??= new Map();
    this.used.delete(token);
    this.used.set(token, Date.now());
    const [oldest = ''] = this.used.keys();
    if (this.used.size > MAX_TOKENS) this.used.delete(oldest);
  }
}

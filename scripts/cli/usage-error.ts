/** A user's mistake: its message is one line that names the value and the remedy. Scripts end with exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Throw it if no second try can succeed: the object fails at once. */
export class PermanentError extends Error {
  override name = 'PermanentError';
}

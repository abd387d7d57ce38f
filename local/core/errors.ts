/** An error that the user can correct: one clear line, without a stack trace. */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
}

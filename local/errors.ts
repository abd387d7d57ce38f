/** What a person can mend: one clear line, no stack trace needed. */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
}

/** A processor that does not build: the message says why, with file and line. */
export class BuildError extends Error {
  override name = 'BuildError';
}

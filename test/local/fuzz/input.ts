/** An input that a fuzz run sends to a local cloud. It is odd, and made from a seed. */

/** The local cloud under test. */
export interface Target {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  bucket: string;
  /** The folder that is the bucket. */
  bucketFolder: string;
  /** A file outside of the bucket's folder, whose content must not be shown. */
  secretFile: string;
  secret: string;
}

/** The answer; undefined if there was none, which is right for an input that is not a request. */
export interface Outcome {
  status?: number;
  body?: string;
}

export interface Input {
  /** The input, for the message of a failed run. */
  what: string;
  /** Throws an Error if the answer is wrong for this input. */
  run(target: Target): Promise<Outcome[]>;
}

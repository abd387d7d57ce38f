/** What a fuzz run sends to a local cloud: one odd thing, made from a seed. */

/** The local cloud under test. */
export interface Target {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  bucket: string;
  /** The folder that is the bucket. */
  bucketFolder: string;
  /** A file outside of the bucket's folder, whose content is nobody's to see. */
  secretFile: string;
  secret: string;
}

/** What came back; undefined where nothing was answered, which is right for an input that is not a request. */
export interface Outcome {
  status?: number;
  body?: string;
}

export interface Input {
  /** For the message of a failed run. */
  what: string;
  /** Throws an Error where the answer is wrong by this input's own measure. */
  run(target: Target): Promise<Outcome[]>;
}

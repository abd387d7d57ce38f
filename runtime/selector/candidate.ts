/** An object that may be selected, with what its source says about it: a listing says everything, a list of keys nothing. */
export interface Candidate {
  key: string;
  /** Bytes. */
  size?: number;
  /** Milliseconds since the epoch. */
  modified?: number;
  storageClass?: string;
  /** Without quotes. */
  etag?: string;
}

/** What a criterion has to know of an object beside its key. */
export type Detail = Exclude<keyof Candidate, 'key'>;

/** Some candidates, and where their source goes on after them. */
export interface Page<Position> {
  candidates: Candidate[];
  /** JSON */
  next: Position;
  /** Passed over, since they can never be processed: folder markers, and versions that are not current. */
  passedOver?: number;
}

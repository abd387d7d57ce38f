/**
 * What a report and a page show of a run: plain JSON, whose size does not grow with the number of objects. It imports nothing, since
 * browsers read it too.
 */

export interface RunFigures {
  counts: OutcomeCounts;
  /** Of the objects that were processed, and of their outputs. */
  bytesIn: number;
  bytesOut: number;
  /** Objects whose last attempt was not the first. */
  retried: number;
  /** MiB that a slot held at most; 0 if no result says it. */
  peakMemoryMib: number;
  /** Workers that the results name. */
  workers: number;
  /** First start and last end of an object, milliseconds since the epoch. Undefined if no object has a time. */
  from?: number;
  to?: number;
  throughput: Throughput;
  timeline: Timeline;
  durations: Durations;
  /** Processed objects, the slowest first: at most 100. */
  slowest: SlowObject[];
  /** By error, the most frequent first. */
  failures: FailureGroup[];
}

export interface OutcomeCounts {
  success: number;
  skipped: number;
  failed: number;
  /** Processed or skipped, but another object of the task failed: the results have no more details. */
  done: number;
  /** Not begun, or cut off, when the run ended. */
  pending: number;
}

/** A grid of equal columns of time. */
export interface TimeGrid {
  /** Start of the first column, milliseconds since the epoch. */
  from: number;
  /** Width of a column. */
  seconds: number;
  /** Columns: at most 160 of a throughput, 480 of a timeline. */
  columns: number;
}

/** Objects that ended in each column. */
export interface Throughput extends TimeGrid {
  success: number[];
  skipped: number[];
  failed: number[];
}

export interface Timeline extends TimeGrid {
  /**
   * A row for each slot; a row for each worker if there are too many slots, or if the results name no slot. In the order of their first
   * objects.
   */
  rows: TimelineRow[];
  /** Rows that are left out: there are more than 400 workers. */
  hidden: number;
}

export interface TimelineRow {
  /** Id of the worker. */
  worker: string;
  /** From 1; undefined for a whole worker. */
  slot?: number;
  objects: number;
  failed: number;
  /** How busy it was in each column: a digit of base 36 each, `0` idle to `z` all the time. */
  busy: string;
  /** Whether an object failed in each column: `0` or `1`. Undefined if none did. */
  failures?: string;
}

/** Of the objects that were processed. In seconds. */
export interface Durations {
  count: number;
  mean: number;
  /** Half, 90% and 99% of the objects took no longer, within 2%. */
  p50: number;
  p90: number;
  p99: number;
  max: number;
  /** Objects by duration, each column a fixed factor wider than the one before it. */
  columns: DurationColumn[];
}

export interface DurationColumn {
  from: number;
  to: number;
  count: number;
}

export interface SlowObject {
  key: string;
  seconds: number;
  bytes: number;
  attempt: number;
  worker: string;
  slot?: number;
}

export interface FailureGroup {
  error: string;
  count: number;
  /** The first ones: at most 200. */
  objects: FailedObject[];
}

export interface FailedObject {
  key: string;
  message: string;
  stack?: string;
  worker?: string;
  slot?: number;
  attempt?: number;
  /** Milliseconds since the epoch. */
  at?: number;
}

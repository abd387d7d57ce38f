/** What a Map Run is made of. */
import type { Json } from '../../language/json';
import type { Program } from '../../language/schema';
import type { Execution } from '../execution';
import type { ChildInput } from './child-input';
import type { Results } from './results';
import type { ToleranceLimits } from './tolerance';

/** Settings that can change during the run. */
export interface MapRunLimits extends ToleranceLimits {
  maxConcurrency?: number;
}

export interface MapRunOptions {
  mapRunArn: string;
  /** ARN of the child of this name. */
  arnOfChild(name: string): string;
  /** The execution whose state this is, and the event that entered the state. */
  parent: Execution;
  enteredId: number;
  /** The map state's `Label`, or the one generated for it. */
  label: string;
  program: Program;
  results: Results;
  /** All items, for their number. */
  pages(signal: AbortSignal): AsyncIterable<Json[]> | Iterable<Json[]>;
  /** Inputs from the given number of items on, some at a time. */
  inputs(skip: number, signal: AbortSignal): AsyncIterable<Iterable<ChildInput>>;
  limits: MapRunLimits;
}

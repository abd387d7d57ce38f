import type { Json } from '../../language/json';

/** Input of one child execution. */
export interface ChildInput {
  name: string;
  input: Json;
  /** JSON text of the input. */
  text: string;
  /** Items in it: 1 without a batcher. */
  itemCount: number;
}

/** What a processor gets for one attempt, made when it is first read. */
import type { Attempt } from './attempt';
import type { Scratch } from './scratch';

export class AttemptContext {
  /** The same accessors for all: V8 gives an object with accessors of its own a shape of its own, which takes longer than the object. */
  static readonly #accessors: PropertyDescriptorMap & ThisType<AttemptContext> = {
    signal: {
      enumerable: true,
      get() {
        return this.#attempt.signal;
      },
    },
    scratch: {
      enumerable: true,
      get() {
        return this.#scratch.path;
      },
    },
  };
  declare readonly signal: AbortSignal;
  declare readonly scratch: string;
  readonly #attempt: Pick<Attempt, 'signal'>;
  readonly #scratch: Pick<Scratch, 'path'>;

  constructor(attempt: Pick<Attempt, 'signal'>, scratch: Pick<Scratch, 'path'>) {
    this.#attempt = attempt;
    this.#scratch = scratch;
    Object.defineProperties(this, AttemptContext.#accessors);
  }
}

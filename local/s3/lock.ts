/** One holder at a time for each name; others wait in order. */
export class NamedLocks {
  readonly #last = new Map<string, Promise<unknown>>();

  async hold<T>(name: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(action);
    const settled = turn.catch(() => undefined);
    this.#last.set(name, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    }
  }
}

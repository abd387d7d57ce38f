import { once } from 'node:events';

/** Rejects with the signal's reason at once, also while a request is repeated: the request ends by itself. */
export async function unlessAborted<Result>(
  act: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  signal?.throwIfAborted();
  const acted = act();
  if (!signal) return acted;
  const over = new AbortController();
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => signal.throwIfAborted() as never);
  try {
    return await Promise.race([acted, aborted]);
  } finally {
    aborted.catch(() => {});
    acted.catch(() => {});
    over.abort();
  }
}

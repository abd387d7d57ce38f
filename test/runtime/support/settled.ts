import { setImmediate } from 'node:timers/promises';

/** Whether the promise has settled, once all that is ready to run has run. For tests with mocked timers. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const first = await Promise.race([promise.catch(() => undefined), setImmediate(pending)]);
  return first !== pending;
}

/** Resolves when all that is ready to run has run. */
export const settled = (): Promise<void> => setImmediate();

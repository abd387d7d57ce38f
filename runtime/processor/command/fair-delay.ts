import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Resolves after that time, and after everything that came within it: if this process was busy, a plain timer would fire first. Rejects
 * when aborted.
 */
export async function fairDelay(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
  // The event loop looks for input between two turns.
  for (let turn = 0; turn < 2; turn += 1) await nextTurn();
}

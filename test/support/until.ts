/** Functions that wait, for tests. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Seconds after which a wait counts as a hang: many times as long as any wait on a busy machine, and less than mocha's timeout
 * (.mocharc.json). So the failure names the condition, and the test's clouds are closed.
 */
const HANG_SECONDS = 400;

/** A wait that takes seconds looks less often: each look may be a signed request, which slows down what the test waits for. */
const MAX_PAUSE_MILLISECONDS = 100;

/** Resolves with the first value of `look` that is neither `false` nor `undefined`. Rejects when the wait counts as a hang. */
export async function until<Found>(
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  what: string,
): Promise<Found> {
  const deadline = Date.now() + HANG_SECONDS * 1000;
  let pause = 10;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw hang(what);
    await delay(Math.min(pause, MAX_PAUSE_MILLISECONDS));
    pause *= 1.2;
  }
}

/** Resolves as the promise does. Rejects when the wait counts as a hang. */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(hang(what)), HANG_SECONDS * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const hang = (what: string) => new Error(`Not within ${HANG_SECONDS} s: ${what}`);

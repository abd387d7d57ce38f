/** Waiting in tests. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Seconds after which a wait counts as a hang: many times what any takes on a busy machine, and less than mocha's timeout
 * (.mocharc.json). So the failure says what was awaited, and the test's clouds are closed.
 */
const HANG_SECONDS = 400;

/** Who waits for seconds looks less often: each look may be a signed request, which takes the time of what it waits for. */
const MAX_PAUSE_MILLISECONDS = 100;

/** Resolves with what `look` finds; `false` and `undefined` are nothing. Rejects when it counts as a hang. */
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

/** What the promise resolves with. Rejects when it counts as a hang. */
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

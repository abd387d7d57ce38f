/** Timers that take any length (a state may wait for years), and never keep the process alive. */

/** The longest that Node's own timers take; longer ones would fire at once. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

/** Runs something after a time, in milliseconds; returns what cancels it. */
export function after(milliseconds: number, run: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (left: number) => {
    timer = setTimeout(
      () => (left > MAX_MILLISECONDS ? arm(left - MAX_MILLISECONDS) : run()),
      Math.min(left, MAX_MILLISECONDS),
    ).unref();
  };
  arm(Math.max(0, milliseconds));
  return () => clearTimeout(timer);
}

/** Resolves after a time, in milliseconds; rejects with the signal's reason when aborted. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const aborted = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = after(milliseconds, () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    });
    signal.addEventListener('abort', aborted, { once: true });
  });
}

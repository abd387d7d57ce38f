/**
 * Turns of the event loop. A state machine may go from state to state, evaluate a hundred thousand references, or start ten
 * thousand children without waiting for anything; requests, timeouts and other executions would have to wait for all of it.
 */

/** How long executions may work in one turn. */
const TURN_MILLISECONDS = 20;

/** When the work in this turn began; undefined where there was none. */
let began: number | undefined;
/** Who waits for a turn, in order. */
const waiting: (() => void)[] = [];

/** Await it: undefined at once, or a promise for a later turn where this one has taken its time. */
export function giveWay(): Promise<void> | undefined {
  if (!isOver()) return undefined;
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(release);
  });
}

function isOver(): boolean {
  if (began !== undefined) return performance.now() - began > TURN_MILLISECONDS;
  began = performance.now();
  setImmediate(() => {
    began = undefined;
  });
  return false;
}

/** Lets as many go on as the turn has time for, one after the other. */
async function release(): Promise<void> {
  let released = 0;
  while (released < waiting.length && !isOver()) {
    waiting[released]?.();
    released += 1;
    await undefined;
  }
  waiting.splice(0, released);
  if (waiting.length > 0) setImmediate(release);
}

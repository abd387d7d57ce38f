/**
 * Turns of the event loop. A state machine may go from state to state, evaluate a hundred thousand references, or start ten
 * thousand children without waiting for anything; requests, timeouts and other executions would have to wait for all of it.
 */

/** How long executions may work in one turn, unless they say so themselves. */
const TURN_MILLISECONDS = 20;

/** When the work in this turn began; undefined if there was none. */
let began: number | undefined;
/** Who waits for a turn, in order. */
const waiting: (() => void)[] = [];

/** Await it: undefined at once, or a promise for a later turn if executions have worked for that long in this one. */
export function giveWay(milliseconds = TURN_MILLISECONDS): Promise<void> | undefined {
  if (!isOver(milliseconds)) return undefined;
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(release);
  });
}

function isOver(milliseconds: number): boolean {
  if (began !== undefined) return performance.now() - began > milliseconds;
  began = performance.now();
  setImmediate(() => {
    began = undefined;
  });
  return false;
}

/** Lets as many go on as the turn has time for, one after the other, and each once. */
async function release(): Promise<void> {
  const due = waiting.length;
  let released = 0;
  while (released < due && !isOver(TURN_MILLISECONDS)) {
    waiting[released]?.();
    released += 1;
    await undefined;
  }
  waiting.splice(0, released);
  if (waiting.length > 0) setImmediate(release);
}

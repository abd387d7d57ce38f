/**
 * Ends a program with all that it has started. A process group of its own would be simpler; but then the worker, which
 * watches the memory of the slot's group and kills it, would not reach the program.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, processIds, readProcess, readProcessFile } from '../../processes';

/** Names the tree, in the environment of each of its processes: one whose parent has ended is known by it. */
export const TREE = 'COMMAND_TREE';

const POLL_MS = 5;
/** A process that the system cannot end within this time (it waits for a device, say) is left to it. */
const GIVE_UP_MS = 2000;

/**
 * SIGKILL to the program, if it still runs, and to its descendants, until none is left: one may start another meanwhile. On
 * systems without /proc it reaches the program alone; the rest ends with the slot.
 */
export async function killTree(tree: string, running: () => number | undefined): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const program = running();
    if (program !== undefined) endProcess(program);
    const alive = members(tree, program);
    for (const pid of alive) endProcess(pid);
    if (alive.size === 0 || Date.now() > deadline) return;
    await delay(POLL_MS);
  }
}

/** Those marked, the program, and the descendants of all of these. */
function members(tree: string, program: number | undefined): Set<number> {
  const mark = `${TREE}=${tree}`;
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  for (const id of processIds()) {
    const found = readProcess(id);
    if (!found) continue;
    const { pid, parent } = found;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
    if (pid === program || readProcessFile(id, 'environ').split('\0').includes(mark)) roots.push(pid);
  }
  const all = new Set<number>();
  const add = (pid: number) => {
    if (all.has(pid)) return;
    all.add(pid);
    children.get(pid)?.forEach(add);
  };
  roots.forEach(add);
  return all;
}

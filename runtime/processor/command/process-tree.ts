/**
 * Ends a program with all that it has started. A process group of its own would be simpler; but then the worker, which
 * watches the memory of the slot's group and kills it, would not reach the program.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Names the tree, in the environment of each of its processes: one whose parent has ended is known by it. */
export const TREE = 'COMMAND_TREE';

const LOOK_AGAIN_MS = 5;
/** A process that the system cannot end within this time (it waits for a device, say) is left to it. */
const GIVE_UP_MS = 2000;

/**
 * SIGKILL to the program, where it still runs, and to its descendants, until none is left: one may start another meanwhile. On
 * systems without /proc it reaches the program alone; the rest ends with the slot.
 */
export async function killTree(tree: string, running: () => number | undefined): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const program = running();
    if (program !== undefined) kill(program);
    const alive = await members(tree, program);
    for (const pid of alive) kill(pid);
    if (alive.size === 0 || Date.now() > deadline) return;
    await delay(LOOK_AGAIN_MS);
  }
}

/** Those marked, the program, and the descendants of all of these. */
async function members(tree: string, program: number | undefined): Promise<Set<number>> {
  const children = new Map<number, number[]>();
  const roots: number[] = [];
  for (const { pid, parent, isMarked } of await Promise.all((await processIds()).map(look(tree)))) {
    if (parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
    if (isMarked || pid === program) roots.push(pid);
  }
  const found = new Set<number>();
  const add = (pid: number) => {
    if (found.has(pid)) return;
    found.add(pid);
    children.get(pid)?.forEach(add);
  };
  roots.forEach(add);
  return found;
}

const look = (tree: string) => async (pid: number) => ({
  pid,
  parent: await parentOf(pid),
  isMarked: (await read(pid, 'environ')).split('\0').includes(`${TREE}=${tree}`),
});

async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.map(Number).filter(Boolean);
}

/**
 * Undefined for a process that has ended.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: after the name, in parentheses, come state and parent.
 */
async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await read(pid, 'stat');
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return parent === undefined || state === 'Z' || state === 'X' ? undefined : Number(parent);
}

/** Empty for a process that is gone, or another's. */
function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}

/** What the system knows about its processes: from /proc, so on Linux only. Elsewhere nothing is known. */
import { readdirSync, readFileSync } from 'node:fs';

/** Name of the variable that marks the processes that a slot has started, in whatever group or session they are. */
export const SLOT_VARIABLE = 'BATCH_SLOT';

export interface ProcessInfo {
  pid: number;
  parent: number;
  group: number;
}

export function processIds(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/**
 * Changes with every process that starts, and costs a twentieth of `processIds`. Undefined if the system does not count them.
 * https://man7.org/linux/man-pages/man5/proc_loadavg.5.html: the last field.
 */
export function newestProcessId(): string | undefined {
  return / ([1-9]\d*)\n$/.exec(readFile('/proc/loadavg'))?.[1];
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: after the name, in parentheses, come state, parent, group. */
export function readProcess(pid: string): ProcessInfo | undefined {
  const stat = readProcessFile(pid, 'stat');
  const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (group === undefined || state === 'Z') return undefined;
  return { pid: Number(pid), parent: Number(parent), group: Number(group) };
}

/** The processes of a slot: of its group, and those that have left the group but not their environment. The slot itself too. */
export function processesOfSlot(leader: number, slotId: string): ProcessInfo[] {
  const mark = `${SLOT_VARIABLE}=${slotId}`;
  return processIds().flatMap((pid) => {
    const found = readProcess(pid);
    if (!found) return [];
    return found.group === leader || readProcessFile(pid, 'environ').includes(mark) ? [found] : [];
  });
}

export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Empty for a process that is gone, or another's. */
export function readProcessFile(pid: string, file: string): string {
  return readFile(`/proc/${pid}/${file}`);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

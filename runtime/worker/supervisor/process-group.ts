/** Questions to the system about process groups. A slot leads a group of its own, which contains the processes that it starts. */
import { writeFileSync } from 'node:fs';
import {
  endProcess,
  newestProcessId,
  processesOfSlot,
  processIds,
  readProcess,
  readProcessFile,
} from '../../processes';

/** SIGKILL to all of a group. A group that is gone is not an error. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {}
}

/** SIGKILL to all of a slot, also to what has left its group. Twice, since one may start another while it is looked for. */
export function endAllOf(leader: number, slotId: string): void {
  for (let round = 0; round < 2; round += 1) {
    const left = processesOfSlot(leader, slotId);
    for (const { pid } of left) endProcess(pid);
    if (left.length === 0) return;
  }
}

/**
 * If memory runs out, the kernel's OOM killer takes this process, or one that it starts, before any other. Linux only.
 * https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
 */
export function offerToOomKiller(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {}
}

const KIB_PER_MIB = 1024;

/**
 * Memory that groups hold, from /proc (Linux; elsewhere it is not known): anonymous and shared memory, buffers
 * included, without the pages of files, which the kernel takes back if it needs them.
 */
export class GroupMemory {
  /** The processes of the groups, as long as no process starts. */
  private members: string[] = [];
  /** Processes of other groups: which group a process is in is read once. */
  private strangers = new Set<string>();
  private newest?: string;

  /** MiB of each of the groups, named by their leaders. */
  read(leaders: Iterable<number>): Map<number, number> {
    const memory = new Map<number, number>([...leaders].map((leader) => [leader, 0]));
    const candidates = this.candidates();
    this.members = candidates.filter((pid) => {
      const group = readProcess(pid)?.group;
      const others = group === undefined ? undefined : memory.get(group);
      if (group === undefined || others === undefined) return false;
      memory.set(group, others + residentKiB(pid) / KIB_PER_MIB);
      return true;
    });
    const members = new Set(this.members);
    for (const pid of candidates) if (!members.has(pid)) this.strangers.add(pid);
    return memory;
  }

  /** Processes that may be of the groups. */
  private candidates(): string[] {
    const newest = newestProcessId();
    // One that starts while the others are listed has a number of its own, so the next look lists it.
    if (newest !== undefined && newest === this.newest) return this.members;
    this.newest = newest;
    const all = processIds();
    this.strangers = new Set(all.filter((pid) => this.strangers.has(pid)));
    return all.filter((pid) => !this.strangers.has(pid));
  }

  /** MiB, each page that several processes share counted once in all: exact, and too slow to read often. */
  readShares(leader: number): number {
    const members = processIds().filter((pid) => readProcess(pid)?.group === leader);
    return members.reduce((sum, pid) => sum + shareKiB(pid), 0) / KIB_PER_MIB;
  }
}

function residentKiB(pid: string): number {
  return sumOf(readProcessFile(pid, 'status'), /^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm);
}

function shareKiB(pid: string): number {
  const shares = sumOf(readProcessFile(pid, 'smaps_rollup'), /^Pss_(?:Anon|Shmem):\s+(\d+) kB$/gm);
  return shares || residentKiB(pid);
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, kibibytes]) => sum + Number(kibibytes), 0);
}

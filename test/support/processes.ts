/** The processes of this machine, as Linux lists them. On other systems the list is empty. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from './until';

export interface SystemProcess {
  pid: number;
  command: string;
}

/** The processes that were started with this variable in their environment. A process that has ended is not among them. */
export function processesWith(variable: string, value: string): SystemProcess[] {
  return processesThat((pid) => read(pid, 'environ').split('\0').includes(`${variable}=${value}`));
}

/** The processes whose working directory is this folder, or is inside it. */
export function processesIn(folder: string): SystemProcess[] {
  return processesThat((pid) => workingDirectory(pid).startsWith(folder));
}

/** The processes that a process has started itself. */
export function childrenOf(parent: number): SystemProcess[] {
  return processesThat((pid) => Number(statOf(pid)[1]) === parent);
}

/** Resolves when no such process is left. */
export async function noneLeft(find: () => SystemProcess[]): Promise<void> {
  const named = () => find().map(({ pid, command }) => `${pid} ${command}`);
  await until(() => named().length === 0, `none of these processes is left: ${named().join(', ')}`);
}

/** Whether there is no such process, or it is dead and waits for its parent to reap it. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  return process.platform === 'linux' && hasEnded(pid);
}

/** Whether its parent can reap it. Its memory, which holds its command line, is gone before that. */
function hasEnded(pid: number): boolean {
  const [state] = statOf(pid);
  return !state || state === 'Z' || state === 'X';
}

/** Its state, its parent and more, as /proc/<pid>/stat has them after the name. */
function statOf(pid: number): string[] {
  const stat = read(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function processesThat(fits: (pid: number) => boolean): SystemProcess[] {
  return processIds()
    .filter(fits)
    .map((pid) => ({ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

function processIds(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').map(Number).filter(Boolean);
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

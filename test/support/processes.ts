/** The processes of this machine, as Linux tells them. Elsewhere none is known. */
import { readdirSync, readFileSync } from 'node:fs';
import { until } from './until';

export interface SystemProcess {
  pid: number;
  command: string;
}

/** Those that have this variable in the environment they were started with. One that has ended counts as gone. */
export function processesWith(variable: string, value: string): SystemProcess[] {
  return processIds().flatMap((pid) => {
    const environment = read(pid, 'environ').split('\0');
    if (!environment.includes(`${variable}=${value}`)) return [];
    return [{ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }];
  });
}

/** Resolves when no such process is left. */
export async function noneLeft(find: () => SystemProcess[]): Promise<void> {
  const named = () => find().map(({ pid, command }) => `${pid} ${command}`);
  await until(() => named().length === 0, `none of these processes is left: ${named().join(', ')}`);
}

/** No such process, or one that is dead and waits for its parent to notice. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  return process.platform === 'linux' && hasEnded(pid);
}

/** Whether its parent can notice. Its memory is gone before that, and with it its command line. */
function hasEnded(pid: number): boolean {
  const stat = read(pid, 'stat');
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0];
  return state === undefined || state === 'Z' || state === 'X';
}

function processIds(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').map(Number).filter(Boolean);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

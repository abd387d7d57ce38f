/** The processes of this machine, as Linux tells them. Elsewhere none is known. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

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

/** Whether the process runs; false for a zombie. */
export function isRunning(pid: number): boolean {
  return read(pid, 'cmdline') !== '';
}

/** Resolves when no such process is left. Throws an Error that names those which are left after some seconds. */
export async function noneLeft(find: () => SystemProcess[], seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (let left = find(); left.length > 0; left = find()) {
    if (performance.now() > end) {
      throw new Error(
        `processes are left: ${left.map(({ pid, command }) => `${pid} ${command}`).join(', ')}`,
      );
    }
    await delay(20);
  }
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

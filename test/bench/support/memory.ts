/** Memory of processes. */
import { readFileSync } from 'node:fs';
import { workerProcesses } from './worker-processes';

/** MiB that the workers of a local cloud and their slots hold. Shared memory counts once. Linux only. */
export function memoryOfWorkers(endpoint: string): number {
  const kibibytes = workerProcesses(endpoint).map(proportionalShare);
  return kibibytes.reduce((sum, one) => sum + one, 0) / 1024;
}

/** KiB. */
function proportionalShare(pid: number): number {
  try {
    return Number(/^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    // The process has ended.
    return 0;
  }
}

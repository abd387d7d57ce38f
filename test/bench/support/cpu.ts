/** Processor time. */
import { readFileSync } from 'node:fs';
import { workerProcesses } from './worker-processes';

/** /proc counts in hundredths of a second: man 5 proc, and sysconf(_SC_CLK_TCK) of every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

export const isKnown = process.platform === 'linux';

/** Seconds since their start, of the worker and slot processes of a local cloud that are alive, and of children that they have waited for. Linux only. */
export function cpuOfWorkers(endpoint: string): number {
  const ticks = workerProcesses(endpoint).map(ticksOf);
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
}

function ticksOf(pid: number): number {
  try {
    // After the name in parentheses: state is the third field; utime, stime, cutime and cstime are 14 to 17.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    // The process has ended, and its parent has waited for it.
    return 0;
  }
}

/** Seconds of this process, in which the server runs: a local cloud, the local Step Functions, the plain server. */
export function cpuOfThisProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

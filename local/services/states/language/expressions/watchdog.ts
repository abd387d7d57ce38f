/**
 * A thread beside the evaluator's, which may be in a regular expression that takes years: ends the process when a job
 * has taken too long or too much memory, or when the local cloud's process is gone. The limit of the JavaScript heap does not count what is outside of it.
 */
import { rmSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { MAX_CPU_MILLISECONDS, MAX_PROCESS_MEGABYTES, TIMEOUT_SIGNAL } from './limits';

export interface WatchdogData {
  /** The number of the job under way, 0 while there is none. */
  current: Int32Array;
  /** Process id of the local cloud. */
  parent: number;
}

const { current, parent }: WatchdogData = workerData;
const CHECK_MILLISECONDS = 50;
let job = 0;
let began = 0;

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

for (;;) {
  const running = Atomics.load(current, 0);
  if (running !== job) {
    job = running;
    began = cpuMilliseconds();
  }
  if (job === 0) {
    Atomics.wait(current, 0, 0);
    continue;
  }
  // The evaluator's thread, which should do this, is not told while it is busy.
  if (process.ppid !== parent) {
    rmSync(__dirname, { recursive: true, force: true });
    process.kill(process.pid, 'SIGKILL');
  }
  if (cpuMilliseconds() - began > MAX_CPU_MILLISECONDS) process.kill(process.pid, TIMEOUT_SIGNAL);
  if (process.memoryUsage.rss() > MAX_PROCESS_MEGABYTES * 1_048_576) process.kill(process.pid, 'SIGKILL');
  Atomics.wait(current, 0, job, CHECK_MILLISECONDS);
}

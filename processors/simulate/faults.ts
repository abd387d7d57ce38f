/** What a faulty processor does. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { PermanentError } from '../../runtime/processor';

const never = () => new Promise<void>(() => {});

/** Keeps the thread, and so its event loop, without keeping a core busy. */
const block = () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

export const FAULTS = {
  throw() {
    throw new Error('simulated');
  },
  permanent() {
    throw new PermanentError('simulated');
  },
  block,
  hang: never,
  exit() {
    process.exit(1);
  },
  /** As a crash of native code. */
  segfault() {
    process.kill(process.pid, 'SIGSEGV');
    return never();
  },
  /** As the kernel's OOM killer. */
  killed() {
    process.kill(process.pid, 'SIGKILL');
    return never();
  },
  'heap-memory'() {
    for (const ballast: unknown[] = []; ; ) ballast.push(new Array(100_000).fill(0));
  },
  /** Buffers are outside of the JavaScript heap. */
  async 'buffer-memory'() {
    for (const ballast: Buffer[] = []; ; await delay(20)) ballast.push(Buffer.alloc(2 ** 24, 1));
  },
  /** Blocks, and leaves a process that it has started. */
  'child-process'() {
    spawn('sleep', ['3600'], { stdio: 'ignore' });
    block();
  },
} satisfies Record<string, () => void | Promise<void>>;

export const faultNames = Object.keys(FAULTS) as [keyof typeof FAULTS, ...(keyof typeof FAULTS)[]];

import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { PermanentError, type Processor, type SourceObject } from './processor';

/**
 * Work that only takes time: SIMULATE_SECONDS (default 5), then a line of text. To see what a faulty processor comes
 * to, SIMULATE_FAULT names a fault (below; default none), which objects whose key contains SIMULATE_FAULT_KEY (default:
 * all) meet up to attempt SIMULATE_FAULT_ATTEMPTS (default: every one).
 */
export const simulate: Processor = {
  version: '1',
  async process(source, env) {
    const seconds = Number(env.SIMULATE_SECONDS ?? 5);
    if (!(seconds >= 0))
      throw new PermanentError(`SIMULATE_SECONDS is "${env.SIMULATE_SECONDS}": give 0 or more`);
    if (meetsFault(source, env)) await meet(env.SIMULATE_FAULT);
    await delay(seconds * 1000);
    return {
      body: `Processed ${source.key} (${source.size} bytes)\n`,
      contentType: 'text/plain; charset=utf-8',
    };
  },
};

function meetsFault({ key, attempt }: SourceObject, env: NodeJS.ProcessEnv): boolean {
  const attempts = Number(env.SIMULATE_FAULT_ATTEMPTS ?? Number.POSITIVE_INFINITY);
  return Boolean(env.SIMULATE_FAULT) && key.includes(env.SIMULATE_FAULT_KEY ?? '') && attempt <= attempts;
}

const never = () => new Promise<void>(() => {});

const FAULTS = {
  throw() {
    throw new Error('simulated');
  },
  permanent() {
    throw new PermanentError('simulated');
  },
  block() {
    for (;;);
  },
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
    for (;;);
  },
} satisfies Record<string, () => void | Promise<void>>;

async function meet(name = ''): Promise<void> {
  if (!isFault(name))
    throw new PermanentError(`SIMULATE_FAULT is "${name}": give one of ${Object.keys(FAULTS).join(', ')}`);
  await FAULTS[name]();
}

function isFault(name: string): name is keyof typeof FAULTS {
  return Object.hasOwn(FAULTS, name);
}

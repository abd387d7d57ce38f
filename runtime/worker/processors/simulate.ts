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
    if (meetsFault(source, env)) await fault(env.SIMULATE_FAULT);
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

async function fault(name: string | undefined): Promise<void> {
  const ballast: unknown[] = [];
  switch (name) {
    case 'throw':
      throw new Error('simulated');
    case 'permanent':
      throw new PermanentError('simulated');
    case 'block':
      for (;;);
    case 'hang':
      return new Promise(() => {});
    case 'crash':
      return process.exit(1);
    case 'out-of-memory':
      for (;;) ballast.push(new Array(100_000).fill(name));
    default:
      throw new PermanentError(
        `SIMULATE_FAULT is "${name}": give throw, permanent, block, hang, crash or out-of-memory`,
      );
  }
}

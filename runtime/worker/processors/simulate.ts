import { setTimeout as delay } from 'node:timers/promises';
import { PermanentError, type Processor } from './processor';

/** Work that only takes time: SIMULATE_SECONDS (default 5), then a line of text. */
export const simulate: Processor = {
  version: '1',
  async process({ key, size }, env) {
    const seconds = Number(env.SIMULATE_SECONDS ?? 5);
    if (!(seconds >= 0))
      throw new PermanentError(`SIMULATE_SECONDS is "${env.SIMULATE_SECONDS}": give seconds, 0 or more`);
    await delay(seconds * 1000);
    return { body: `Processed ${key} (${size} bytes)\n`, contentType: 'text/plain; charset=utf-8' };
  },
};

import type { AwsCheck } from './check';

/** StartExecution takes 262,144 bytes. */
const LIST_BYTES = 258_000;
const KEY_BYTES = 900;

export const longList: AwsCheck = {
  name: 'long-list',
  expectation:
    'A list of objects of the largest size passes every state, and a key that it has twice is one object',
  runs: 1,
  async observe(trial) {
    const keys: string[] = [];
    for (let bytes = 0; bytes < LIST_BYTES - 2 * KEY_BYTES; ) {
      const key = `${trial.prefix}${keys.length}/`.padEnd(KEY_BYTES, 'x');
      keys.push(key);
      bytes += JSON.stringify({ Key: key }).length + 1;
    }
    const objects = [...keys, keys[0] ?? ''].map((Key) => ({ Key }));
    const { status, output, error, cause } = await trial.run({ objects, tolerated_failure_percentage: 100 });
    const total = output?.item_counts?.Total;
    return {
      holds: status === 'SUCCEEDED' && total === keys.length,
      observed: error ? `${status} ${error}: ${cause}` : `${status}, ${total} of ${keys.length} objects`,
    };
  },
};

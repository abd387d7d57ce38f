/** The process of poll.mjs. */
import { join } from 'node:path';
import { ROOT } from '../../../root';
import type { Round } from '../scenario';
import { startListening } from './child';

export interface PollerTarget {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** ARN. */
  activity: string;
}

export interface Pollers {
  /** Completes this number of tasks. Resolves with the seconds from the first task that arrives to the last answer. */
  complete(tasks: number): Promise<number>;
  close(): void;
}

export async function startPollers(round: Round, target: PollerTarget, pollers: number): Promise<Pollers> {
  const { endpoint, credentials, activity } = target;
  const module = join(ROOT, 'test', 'bench', 'support', 'poll.mjs');
  const child = startListening(round, process.execPath, [module, endpoint, activity, String(pollers)], {
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await child.answer();
  return {
    async complete(tasks) {
      const { seconds } = await child.ask<{ seconds: number }>({ tasks });
      return seconds;
    },
    close: () => child.close(),
  };
}

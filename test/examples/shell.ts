import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { withoutNpm } from '../support/project-copy';
import type { Outcome } from '../support/script';

/** Runs a line as a user types it, with these variables added to the environment. */
export async function shell(
  line: string,
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const env = { ...withoutNpm(), ...environment };
  const child = spawn('sh', ['-e', '-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, stdout, stderr };
}

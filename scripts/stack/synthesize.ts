/**
 * Synthesizes the stack as `cdktf synth` does: main.ts runs in its own process. Its environment has the configuration and nothing
 * else of the user's, so the same settings make the same stack and the same bundles everywhere. So a stack that was made before
 * from the same settings and sources is taken again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { buildCommand } from '../../bundles/commands/built-command';
import { bundlePrograms } from '../../bundles/programs';
import { ROOT } from '../../root';
import type { Config } from '../../stacks/settings/complete-config';
import { variablesOf } from '../../stacks/settings/settings';
import { tell } from '../cli/terminal';
import { UsageError } from '../cli/usage-error';
import { KeptStack } from './kept-stack';

const RUN_KEPT = 'bundles/commands/run-kept.ts';

/** Writes to `outputFolder`; returns the stack's folder in it. Throws a UsageError for what the user can correct. */
export async function synthesizeStack(
  outputFolder: string,
  config: Config,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const stackFolder = join(outputFolder, 'stacks', config.namePrefix);
  const kept = new KeptStack(config);
  if (kept.copyTo(outputFolder)) return stackFolder;
  const startedAt = Date.now();
  const main = buildCommand('main.ts');
  const program = main?.isKept
    ? ['--eval', Buffer.from(bundlePrograms([RUN_KEPT]).get(RUN_KEPT) ?? []).toString(), main.path]
    : ['-r', 'ts-node/register', 'main.ts'];
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    env: { ...systemVariables(environment), CDKTF_OUTDIR: outputFolder, ...variablesOf(config) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  // If it has reported what the stack was made from, the stack is complete.
  const inputs = await Promise.race([
    once(child, 'message').then(([told]) => told as string[]),
    ended(child),
  ]);
  if (inputs && main?.isKept) kept.keep(outputFolder, [...main.inputs, ...inputs], startedAt);
  return stackFolder;
}

/** Resolves when it has ended well. */
async function ended(child: ChildProcess): Promise<undefined> {
  const [message, [code, signal]] = await Promise.all([
    text(child.stderr as Readable),
    once(child, 'exit'),
    once(child, 'disconnect'),
  ]);
  // Ctrl-C reaches every process of the terminal.
  if (signal) throw new Error(`Stopped by ${signal}.`);
  const lines = message.trim().split('\n');
  if (code === 2) throw new UsageError(...lines);
  if (code !== 0) {
    tell(lines);
    throw new Error('Synthesizing the stack failed: see the lines above.');
  }
}

/** Where programs and temporary files are. */
function systemVariables({ PATH, TMPDIR }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH, ...(TMPDIR && { TMPDIR }) };
}

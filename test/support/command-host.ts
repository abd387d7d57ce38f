/**
 * Runs commands of scripts/ one after another. Each runs from its file anew, with arguments, environment and output of its own, and with
 * the modules that the commands before it have loaded. The parent of this process, a Workplace, sends a HostedCommand and gets an Outcome.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../../root';
import type { HostedCommand, Outcome } from './script';

async function runCommand({ script, args, environment }: HostedCommand): Promise<Outcome> {
  const file = join(ROOT, 'scripts', script);
  const { env } = process;
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (text: string | Uint8Array) => {
      written[stream] += text;
      return true;
    };
  }
  process.argv = [process.execPath, file, ...args];
  process.env = { ...env, ...environment };
  process.exitCode = undefined;
  delete require.cache[file];
  require(file);
  // A command calls this last: scripts/cli/command.ts.
  while (process.exitCode === undefined) await delay(5);
  const code = Number(process.exitCode);
  process.exitCode = undefined;
  process.env = env;
  return { code, ...written };
}

// Each command listens for signals.
for (const emitter of [process, process.stdout, process.stderr]) emitter.setMaxListeners(0);
process.on('message', async (command: HostedCommand) => process.send?.(await runCommand(command)));

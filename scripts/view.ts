import './cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { integer } from './cli/parsers';
import type { Progress } from './cli/progress';
import { print } from './cli/terminal';
import { runOnBucketTarget } from './target/run-on-target';
import type { Target } from './target/target';
import { addBucketTargetOptions, type BucketTargetOptions } from './target/target-options';
import { startView } from './view/server';

interface Options extends BucketTargetOptions {
  port?: number;
}

const command = new Command('view.ts')
  .usage('[options]')
  .description('Serves a page of the runs of a deployment, or of the local cloud, until Ctrl-C.');
addBucketTargetOptions(command)
  .option('--port <port>', 'port on 127.0.0.1 (default: a free one), example: 4600', integer(1, 65_535))
  .addHelpText(
    'after',
    `
Open the address that it prints. Only your browser on this machine can use it: the address has a key.

Exit codes: 0 stopped by Ctrl-C, 1 failed, 2 wrong usage.

Examples:
  npm run view
  npm run view -- --target aws --port 4600`,
  );

runCommand(command, async () => {
  const options = command.opts<Options>();
  return runOnBucketTarget(options, (target, progress, signal) => view(target, options, progress, signal));
});

async function view(
  target: Target,
  { port }: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const server = await startView(target, { port });
  try {
    progress.end();
    print([`Open ${server.address}`, 'Ctrl-C stops the server.']);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return EXIT.done;
  } finally {
    await server.close();
  }
}

import './cli/quiet';
import { once } from 'node:events';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { integer } from './cli/parsers';
import { Progress } from './cli/progress';
import { print, tell } from './cli/terminal';
import { UsageError } from './cli/usage-error';
import { bootLocalCloud, DEFAULT_BUCKET_FOLDER } from './local/boot';
import { addBucketFolderOption, type BucketFolders } from './local/bucket-folders';
import { addFaultOptions, describeInjected, type FaultOptions } from './local/fault-options';
import { instructions } from './local/instructions';
import { findCloud, registerCloud, unregisterCloud } from './local/running-cloud';
import { addStackOptions, type StackOptions } from './local/stack-options';
import { connectLocal } from './target/local-target';
import type { Target } from './target/target';
import { startView, type ViewServer } from './view/server';

interface Options extends StackOptions, FaultOptions {
  port?: number;
  bucketDir?: BucketFolders;
  historyLimit?: number;
}

const command = new Command('local.ts')
  .usage('[options]')
  .description(
    'Keeps a local cloud running until Ctrl-C: the synthesized stack on this machine, for any AWS client.',
  )
  .option('--port <port>', 'port on 127.0.0.1 (default: a free one), example: 4566', integer(1, 65_535));
addBucketFolderOption(command, '', 'local/bucket');
addStackOptions(command)
  .option(
    '--history-limit <count>',
    'finished executions to keep, and as many children of maps; failures stay longest (default: 1000), example: 20000',
    integer(1),
  )
  .addHelpText('after', '\nExit codes: 0 stopped by Ctrl-C, 1 failed, 2 wrong usage.');
addFaultOptions(command);

runCommand(command, async () => {
  const { port, bucketDir, processorsFolder, processor, env, historyLimit, fault, faultSeed } =
    command.opts<Options>();
  const stop = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const bucketFolder = bucketDir?.own ?? DEFAULT_BUCKET_FOLDER;
  const other = await findCloud(bucketFolder);
  if (other) {
    throw new UsageError(
      `A local cloud already runs on this bucket (pid ${other.pid}, ${other.endpoint}): use it, or stop it.`,
    );
  }
  const progress = new Progress();
  const cloud = await bootLocalCloud(
    {
      port,
      processorsFolder,
      bucketFolder,
      bucketFolders: bucketDir?.others,
      processor,
      environment: env,
      historyLimit,
      runSchedules: true,
      onLog: showUnattended,
      fault,
      faultSeed,
    },
    progress,
  );
  progress.end();
  const { endpoint, region, credentials, outputs, bucketFolders, clientConfig } = cloud;
  const batch = connectLocal(cloud, bucketFolder);
  const target: Target = { kind: 'local', batch, outputs, clientConfig, close: async () => batch.close() };
  let view: ViewServer | undefined;
  try {
    view = await startView(target);
    const running = { pid: process.pid, endpoint, region, credentials, outputs, bucketFolders };
    await registerCloud(bucketFolder, running);
    print(instructions(cloud, bucketDir, view.address));
    await stop;
    const { seed } = cloud.faults;
    if (fault) progress.note(`Faults: ${describeInjected({ seed, injected: cloud.faults.injected() })}`);
    progress.step('Stopping the local cloud');
    return EXIT.done;
  } finally {
    progress.end();
    await view?.close();
    await target.close();
    await unregisterCloud(bucketFolder);
    await cloud.close();
  }
});

/** What happens without anybody: starts by schedules, and messages at the end of executions. */
function showUnattended(group: string, _stream: string, line: string): void {
  if (/^(scheduler|sns)\//.test(group)) tell([line]);
}

/**
 * The CDKTF application: `npx cdktf synth` and `npx cdktf deploy` run this file. One line a stack. It is a command like those in scripts/,
 * and uses their rooms.
 */
import { App } from 'cdktf';
import { bundleRuntime } from './bundles';
import { fileProblem } from './scripts/cli/file-problem';
import { visible } from './scripts/cli/terminal';
import { checkSchedules } from './scripts/stack/check-schedules';
import { inputsOf } from './scripts/stack/inputs';
import { BatchProcessorStack } from './stacks/batch-processor-stack';
import { loadConfig } from './stacks/settings/config';
import { ConfigError } from './stacks/settings/config-error';
import { withoutTokenTraces } from './stacks/token-traces';

async function main(): Promise<void> {
  try {
    const app = new App({ stackTraces: false });
    const config = loadConfig();
    const bundles = bundleRuntime(config);
    if (config.schedules.length > 0) await checkSchedules(config, bundles);
    withoutTokenTraces(() => {
      new BatchProcessorStack(app, config.namePrefix, { config, bundles });
      app.synth();
    });
    // The command that keeps the result has to know what it was made from.
    const inputs = inputsOf(bundles);
    if (inputs) process.send?.(inputs);
  } catch (error) {
    // One line, where a stack trace would hide what to change.
    const problem = error instanceof ConfigError ? error.message : fileProblem(error);
    if (!problem) throw error;
    process.stderr.write(`${visible(problem)}\n`);
    process.exitCode = 2;
  }
}

void main();

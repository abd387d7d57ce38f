/** The CDKTF application: `npx cdktf synth` and `npx cdktf deploy` run this file. One line a stack. */
import { App } from 'cdktf';
import { bundleRuntime } from './bundles';
import { visible } from './scripts/cli/terminal';
import { BatchProcessorStack } from './stacks/batch-processor-stack';
import { type Config, ConfigError, loadConfig } from './stacks/config';

const app = new App({ stackTraces: false });
const config = configOrExit();
const bundles = bundleRuntime(config.processorEnvironment);
new BatchProcessorStack(app, config.namePrefix, { config, bundles });
app.synth();

/** Ends with exit code 2 and one line when the configuration is wrong: a stack trace would hide what to change. */
function configOrExit(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${visible(error.message)}\n`);
    process.exit(2);
  }
}

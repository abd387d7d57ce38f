/**
 * ts-node loads this before the module that it runs: tsconfig.json names it. A command, or main.ts, then runs from one file that esbuild
 * has made of it and its packages. That takes a fifth of the time that hundreds of modules take, each found, compiled and loaded by itself.
 * If that file cannot be made, since a source does not build, ts-node loads the modules as usual.
 */
import { relative, sep } from 'node:path';
import { ROOT } from '../../root';
import { buildCommand } from './built-command';
import { runBuilt } from './run-built';

const COMMAND = /^(main|scripts\/[^/]+)\.ts$/;

const load = require.extensions['.ts'];

require.extensions['.ts'] = (module, path) => {
  // The first module is the one that ts-node runs.
  require.extensions['.ts'] = load;
  const command = relative(ROOT, path).split(sep).join('/');
  const built = module.id === '.' && COMMAND.test(command) ? buildCommand(command) : undefined;
  if (built) runBuilt(built, module);
  else load?.(module, path);
};

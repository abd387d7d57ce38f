/**
 * Runs a command from the file of all commands, with the code that V8 made of it the last time:
 * https://v8.dev/blog/code-caching-for-devs
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { basename } from 'node:path';
import { Script } from 'node:vm';
import { ROOT } from '../../root';
import { removeOld, replaceFile } from '../files';
import type { BuiltCommands } from './built-commands';

/** `command`: path, relative to the root. `module`: the module that ts-node runs. */
export function runBuilt({ path, source }: BuiltCommands, command: string, module: NodeModule): void {
  const codePath = `${path}.${basename(command, '.ts')}-${process.version}-${process.arch}`;
  const code = read(codePath);
  const script = new Script(Module.wrap(source), {
    filename: path,
    cachedData: code,
  });
  if (!code || script.cachedDataRejected) process.once('exit', () => keep(codePath, script.createCachedData()));
  else removeOld(codePath);
  script.runInThisContext()(module.exports, createRequire(module.filename), module, module.filename, ROOT);
  module.exports[command]();
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function keep(path: string, code: Buffer): void {
  try {
    replaceFile(path, code);
  } catch {
    // dist/ cannot be written.
  }
}

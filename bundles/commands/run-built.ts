/**
 * Runs a built command with the code that V8 made of it the last time: https://v8.dev/blog/code-caching-for-devs
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { removeOld, replaceFile } from '../files';
import type { BuiltCommand } from './built-command';

/** `module`: the module that ts-node runs. */
export function runBuilt({ path, code }: BuiltCommand, module: NodeModule): void {
  const compiledAt = `${path}.${process.version}-${process.arch}`;
  const cachedData = read(compiledAt);
  const script = new Script(Module.wrap(code), { filename: path, cachedData });
  if (!cachedData || script.cachedDataRejected) {
    // By then it has compiled all functions that it has needed.
    process.once('exit', () => keep(compiledAt, script.createCachedData()));
  } else {
    removeOld(compiledAt);
  }
  // ts-node's would look for source maps at each error whose stack is asked for.
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  script.runInThisContext()(module.exports, createRequire(module.filename), module, module.filename);
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function keep(path: string, compiled: Buffer): void {
  try {
    replaceFile(path, compiled);
  } catch {
    // dist/ cannot be written.
  }
}

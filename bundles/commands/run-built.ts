/**
 * Runs a built command with the code that V8 made of it the last time: https://v8.dev/blog/code-caching-for-devs
 */
import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { removeOld, replaceFile } from '../files';
import type { BuiltCommand } from './built-command';

/** A process that has run for this long has done more than print a help text: it has compiled all functions that a run needs. */
const LONG_SECONDS = 2;

/** `module`: the module that ts-node runs, or one in its place. */
export function runBuilt({ path, code }: Pick<BuiltCommand, 'path' | 'code'>, module: NodeModule): void {
  const whole = `${path}.${process.version}-${process.arch}`;
  const part = `${whole}-part`;
  const found = existsSync(whole) ? whole : part;
  const script = new Script(Module.wrap(code), { filename: path, cachedData: read(found) });
  const isTaken = script.cachedDataRejected === false;
  if (isTaken) removeOld(found);
  if (!isTaken || found === part) {
    process.once('exit', () => {
      const made = process.uptime() > LONG_SECONDS ? whole : part;
      if (!isTaken || made === whole) keep(made, script.createCachedData());
    });
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

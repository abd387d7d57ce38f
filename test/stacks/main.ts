/** main.ts in a process of its own, as `cdktf synth` runs it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../root';

/** Program and arguments. */
export const MAIN = [
  process.execPath,
  join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js'),
  join(ROOT, 'main.ts'),
] as const;

/** `environment`: all its variables except `PATH`. */
export function runMain(environment: Record<string, string>) {
  const [program, ...args] = MAIN;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

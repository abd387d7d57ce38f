/** Runs a script of scripts/ as a user does, in a process of its own. */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { noneLeft, processesIn, type SystemProcess } from './processes';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** For command-host.ts. */
export interface HostedCommand {
  /** File in scripts/. */
  script: string;
  args: string[];
  /** Added to the environment of the process. */
  environment: Record<string, string>;
}

/** The line that a command prints with --json. */
export function printedJson({ stdout, stderr }: Outcome) {
  expect(stdout.trim().split('\n'), stderr).to.have.length(1);
  return JSON.parse(stdout);
}

export interface RunningScript {
  process: ChildProcess;
  outcome: Promise<Outcome>;
  /** Resolves when standard error has matched. */
  said(pattern: RegExp): Promise<void>;
}

/** A place for one test's scripts: a bucket's folder with the sample objects, and a folder for temporary files. */
export class Workplace {
  readonly bucket: string;
  readonly temporary: string;
  /** Runs the commands that share a process. */
  private host?: ChildProcess;

  private constructor(readonly root: string) {
    this.bucket = join(root, 'bucket');
    this.temporary = join(root, 'tmp');
  }

  static async create(): Promise<Workplace> {
    const workplace = new Workplace(await mkdtemp(join(tmpdir(), 'scripts-test-')));
    await cp(join(ROOT, 'local', 'bucket', 'data'), join(workplace.bucket, 'data'), { recursive: true });
    await mkdir(workplace.temporary);
    return workplace;
  }

  /** The options of a command that make it run in a local cloud on the bucket. */
  get here(): string[] {
    return ['--target', 'local', '--bucket-dir', this.bucket];
  }

  start(script: string, args: string[], environment: Record<string, string> = {}): RunningScript {
    const child = spawn(process.execPath, ['-r', 'ts-node/register', join('scripts', script), ...args], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: this.temporary, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const outcome = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
      ([stdout, stderr, [code]]) => ({ code, stdout, stderr }),
    );
    const said = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        let heard = '';
        child.stderr.on('data', (chunk) => {
          heard += chunk;
          if (pattern.test(heard)) resolve();
        });
        outcome.then(({ stderr }) => reject(new Error(`ended without ${pattern}: ${stderr}`)));
      });
    return { process: child, outcome, said };
  }

  run(script: string, args: string[], environment?: Record<string, string>): Promise<Outcome> {
    return this.start(script, args, environment).outcome;
  }

  /**
   * Runs a command in a process that other commands share, which takes a tenth of the time. Use it for mistakes in the command line, and
   * for runs in a local cloud that stays up. Do not use it to test the process itself, such as signals, nor as the only test of a command.
   * The shared process itself takes as long as three commands.
   */
  async answer(script: string, args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
    this.host ??= fork(join(__dirname, 'command-host.ts'), {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: this.temporary },
      execArgv: ['-r', 'ts-node/register'],
    });
    const { host } = this;
    const gone = new AbortController();
    const abort = () => gone.abort(new Error(`${script} has ended the process that it shares.`));
    host.once('exit', abort);
    try {
      host.send({ script, args, environment } satisfies HostedCommand);
      const [outcome] = await once(host, 'message', { signal: gone.signal });
      return outcome;
    } finally {
      host.off('exit', abort);
    }
  }

  /** The processes that still work in the folder for temporary files, where workers and functions run. */
  processesLeft(): SystemProcess[] {
    return processesIn(this.temporary);
  }

  /** The files that a run left in the folder for temporary files, without the cache that ts-node and swc keep there. */
  temporaryFilesLeft(): string[] {
    return readdirSync(this.temporary).filter((name) => !/^(v8-compile-cache|swc-native)/.test(name));
  }

  /**
   * Checks that scripts that have ended left no process and no temporary file. The local cloud kills a worker that stops too slowly. The
   * slots of that worker notice its end by themselves, a moment later.
   */
  async expectNothingLeft(): Promise<void> {
    await noneLeft(() => this.processesLeft());
    expect(this.temporaryFilesLeft(), 'temporary files left').to.deep.equal([]);
  }

  async remove(): Promise<void> {
    if (this.host?.exitCode === null && this.host.signalCode === null) {
      this.host.kill('SIGKILL');
      await once(this.host, 'exit');
    }
    await rm(this.root, { recursive: true, force: true });
  }
}

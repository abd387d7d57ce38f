/** The child processes of the local cloud: tasks and functions. None outlives it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { ROOT } from '../../../root';
import { makeTemporaryFolder } from './temporary-folders';

export interface ChildOptions {
  /** The program and its arguments; `node` is the Node.js that runs the local cloud. */
  command: string[];
  cwd: string;
  /** Added to what every child has: see `containerEnvironment`. */
  environment: Record<string, string>;
  /** Gives a `node` child a channel to the code that started it: a pair of connected sockets, file descriptor 4 in the child. */
  hasChannel?: boolean;
  /** Takes each line of standard output and standard error. */
  onLine(line: string): void;
}

export interface Child {
  pid: number;
  /** The parent's end of the child's channel. */
  channel?: Duplex;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone and its output read; never rejects. */
  ended: Promise<{ exitCode: number }>;
}

/** How long the output of a process that has ended may still take to arrive. */
const OUTPUT_MILLISECONDS = 1_000;

export class Processes {
  private readonly children = new Set<ChildProcess>();
  /** Files of compiled programs by their source. Each is written once: a process that starts may be reading it. */
  private readonly programs = new Map<string, string>();
  private readonly folder = makeTemporaryFolder('local');
  private readonly endWithParent = this.compile('local/core/processes/end-with-parent.ts');

  /** Process ids of the children that are alive. */
  pids(): number[] {
    return [...this.children].filter(isAlive).flatMap(({ pid }) => pid ?? []);
  }

  /** Rejects with the system's error (ENOENT …) if the program cannot be started. */
  async start({ command, cwd, environment, hasChannel, onLine }: ChildOptions): Promise<Child> {
    const [program = '', ...rest] = command;
    const isNode = program === 'node';
    const disk = this.makeFolder('disk-');
    const child = spawn(
      isNode ? process.execPath : program,
      isNode ? ['--require', this.endWithParent, ...rest] : rest,
      {
        cwd,
        env: { ...containerEnvironment(disk), ...environment },
        // A process group of its own: Ctrl-C in the terminal is for the local cloud, which then stops its children.
        detached: true,
        stdio: [
          'ignore',
          'pipe',
          'pipe',
          ...(isNode ? (['pipe'] as const) : []),
          ...(hasChannel ? (['pipe'] as const) : []),
        ],
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', onLine);
    }
    const [, , , lifeline, channel] = child.stdio as (Duplex | null | undefined)[];
    // Writes to a process that has ended are lost; `ended` tells about its end.
    for (const pipe of [lifeline, channel]) pipe?.on('error', () => {});
    // Read, so that it closes with the process.
    lifeline?.resume();
    const ended = this.end(child).finally(() => rmSync(disk, { recursive: true, force: true }));
    this.children.add(child);
    void ended.then(() => this.children.delete(child));
    await once(child, 'spawn');
    return {
      pid: child.pid as number,
      channel: channel ?? undefined,
      kill: (signal) => kill(child, signal),
      ended,
    };
  }

  private async end(child: ChildProcess): Promise<{ exitCode: number }> {
    const closed = once(child, 'close');
    closed.catch(() => {});
    try {
      const [code, signal] = await once(child, 'exit');
      // Its own children end with it, as in a container.
      kill(child, 'SIGKILL');
      await Promise.race([closed, setTimeout(OUTPUT_MILLISECONDS, undefined, { ref: false })]);
      return { exitCode: code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0) };
    } catch {
      return { exitCode: 127 };
    }
  }

  /**
   * A TypeScript file of the local cloud, with all that it imports, as a file that plain Node.js runs; its path. `file`: path, relative to
   * the root.
   */
  compile(file: string): string {
    const written = this.programs.get(file);
    if (written) return written;
    const text = compiled.get(file) ?? bundled(file);
    compiled.set(file, text);
    const path = join(this.folder, basename(file).replace(/\.ts$/, '.js'));
    writeFileSync(path, text);
    this.programs.set(file, path);
    return path;
  }

  /** A new folder below the run's temporary one. */
  makeFolder(prefix: string): string {
    return mkdtempSync(join(this.folder, prefix));
  }

  /** Kills what is left and removes the temporary files. */
  async close(): Promise<void> {
    const left = [...this.children].filter(isAlive);
    for (const child of left) kill(child, 'SIGKILL');
    await Promise.all(left.map((child) => once(child, 'exit')));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Compiled programs by file, for processes that start several local clouds. */
const compiled = new Map<string, Uint8Array>();

/** The TypeScript files of the local cloud that its children run: paths, relative to the root. */
export const PROGRAMS = [
  'local/core/processes/end-with-parent.ts',
  'local/services/lambda/bootstrap.ts',
  'local/services/states/language/expressions/evaluator-process.ts',
  'local/services/states/language/expressions/watchdog.ts',
];

/** Takes programs that are compiled already, by file: the others are compiled when a child needs them. */
export function takeCompiled(programs: ReadonlyMap<string, Uint8Array>): void {
  for (const [file, text] of programs) compiled.set(file, text);
}

/** By esbuild's program, whose package is named by its platform: esbuild's own functions start it with the environment of the user. */
function bundled(file: string): Uint8Array {
  return execFileSync(
    createRequire(require.resolve('esbuild')).resolve(
      `@esbuild/${process.platform}-${process.arch}/bin/esbuild`,
    ),
    [join(ROOT, file), '--bundle', '--platform=node', '--target=node20', '--log-level=error'],
    {
      env: { PATH: process.env.PATH },
      maxBuffer: Number.POSITIVE_INFINITY,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}

/**
 * The environment of a child: it sees what a container sees, and nothing of the user: a home and a folder for temporary
 * files of its own, which go with it, and no AWS files. The variables of the two files are for SDKs that find the home
 * without HOME. It gets the user's PATH, to find the user's programs.
 */
export function containerEnvironment(disk: string): Record<string, string> {
  const [home, temporary] = [join(disk, 'home'), join(disk, 'tmp')];
  for (const folder of [home, temporary]) mkdirSync(folder);
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TMPDIR: temporary,
    AWS_CONFIG_FILE: join(home, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws', 'credentials'),
  };
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** SIGKILL takes the whole process group, any other signal the process alone, as with a container's first process. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal);
  } catch {
    // It is gone.
  }
}

/** One running program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { ProcessorLog } from '../define';
import { PermanentError } from '../permanent-error';
import { CommandError, failureOf, type ProgramEnd } from './failure';
import { fairDelay } from './fair-delay';
import type { ProgramFile } from './find-program';
import { killTree, TREE } from './process-tree';
import { StandardError } from './standard-error';

/** Milliseconds for the streams of processes that are gone. */
const REST_MS = 1000;

export class Program {
  /** Undefined if the program reads nothing. */
  readonly stdin?: Writable;
  readonly stdout: Readable;
  readonly stderr: StandardError;
  /** How the program itself ended; what it has started may still run. */
  readonly exited: Promise<ProgramEnd>;
  /** Nothing of it is left. */
  readonly ended: Promise<void>;
  private hasExited = false;
  private reason?: unknown;
  private reportEnd = () => {};
  private ending?: Promise<void>;

  /** Throws if the system cannot start it. */
  static async start(
    file: ProgramFile,
    args: readonly string[],
    { env = {}, readsStdin, log }: { env?: NodeJS.ProcessEnv; readsStdin: boolean; log: ProcessorLog },
  ): Promise<Program> {
    const tree = randomUUID();
    const variables = { ...file.env, ...env, [TREE]: tree };
    checkText([...args, ...Object.values(variables)]);
    const child = spawn(file.path, args, {
      cwd: file.folder,
      env: variables,
      stdio: [readsStdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    const program = new Program(basename(file.path), child, tree, log);
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new CommandError(`${file.path} cannot be started: ${(error as Error).message}`);
    }
    return program;
  }

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly tree: string,
    log: ProcessorLog,
  ) {
    this.stdin = child.stdin ?? undefined;
    this.stdout = child.stdout as Readable;
    this.stderr = new StandardError(child.stderr as Readable, log);
    // A program may end without reading all of its input.
    this.stdin?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.reportEnd = resolve;
    });
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.hasExited = true;
        resolve({ code, signal });
      });
    });
  }

  get isRunning(): boolean {
    return !this.hasExited;
  }

  /** Ends the program and all that it has started for this reason, which is its failure. Without effect on one that is ended. */
  abort(reason: unknown): void {
    if (!this.ending) this.reason = reason;
    void this.end();
  }

  /** Ends the program and all that it has started. Resolves when its standard error is complete. */
  end(): Promise<void> {
    this.ending ??= this.killAll();
    return this.ending;
  }

  /** Waits for the program's exit, ends what it has started, and throws its failure. */
  async succeed(): Promise<void> {
    const end = await this.exited;
    await this.end();
    if (this.reason !== undefined) throw this.reason;
    const failure = failureOf(this.name, end, this.stderr.message);
    if (failure) throw failure;
  }

  /** The process that started the program can end before it. */
  unref(): void {
    this.child.unref();
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr])
      (stream as unknown as { unref?(): void } | null)?.unref?.();
  }

  private async killAll(): Promise<void> {
    await killTree(this.tree, () => (this.isRunning ? this.child.pid : undefined));
    const timer = new AbortController();
    await Promise.race([this.stderr.ended, fairDelay(REST_MS, timer.signal)]).catch(() => {});
    timer.abort();
    this.stderr.close();
    this.reportEnd();
  }
}

/** The system ends each text at its first NUL. */
function checkText(texts: (string | undefined)[]): void {
  const cut = texts.find((text) => text?.includes('\0'));
  if (cut !== undefined)
    throw new PermanentError(
      `An argument of a program cannot have a NUL character, as in ${JSON.stringify(cut.slice(0, 100))}`,
    );
}

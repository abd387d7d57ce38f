/**
 * One run of Terraform. A signal stops it cleanly: Terraform finishes what it has begun, writes its state and releases its lock.
 * https://developer.hashicorp.com/terraform/cli/commands/apply
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../../root';
import { tell } from '../../cli/terminal';

export interface Ended {
  code: number;
  /** What it wrote, unless the user saw it. */
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  environment: NodeJS.ProcessEnv;
  /** The user sees its output. */
  visible: boolean;
}

/** Terraform was told to stop. The message says what is left. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes on each signal that the terminal has sent already: the same one twice, at once, is one. */
export const ONE_SIGNAL_MILLISECONDS = 1000;

/** Throws an Interrupted after a signal, whatever the exit code, so that nothing comes after it. */
export async function runTerraform(
  program: string,
  args: string[],
  { environment, visible }: RunOptions,
): Promise<Ended> {
  const output = visible ? 'inherit' : 'pipe';
  const start = () =>
    spawn(program, args, {
      cwd: ROOT,
      env: environment,
      stdio: ['ignore', output, output],
      // In a process group of its own, where Ctrl-C does not reach it: a second signal would force it.
      detached: true,
    });
  const signals = new Signals(start);
  try {
    const { child } = signals;
    const [stdout, stderr, [code]] = await Promise.all([
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
      once(child, 'close'),
    ]);
    signals.throwIfInterrupted();
    return { code: code ?? 1, stdout, stderr };
  } finally {
    signals.stop();
  }
}

/** Passes signals on: the first stops Terraform cleanly, the second forces it to end, the third kills it. */
class Signals {
  private count = 0;
  private lastAt = Number.NEGATIVE_INFINITY;
  private readonly pass = (): void => {
    const now = performance.now();
    if (now - this.lastAt < ONE_SIGNAL_MILLISECONDS) return;
    this.lastAt = now;
    this.count += 1;
    if (this.count === 1) {
      tell([
        '',
        'Stopping: Terraform finishes what it has begun and writes its state. Ctrl-C again forces it.',
      ]);
    }
    if (this.count <= 2) this.child.kill('SIGINT');
    // The providers, which are its children, as well.
    else if (this.child.pid) process.kill(-this.child.pid, 'SIGKILL');
  };

  readonly child: ChildProcess;

  /** Listens before Terraform starts: a signal in between would end this process and leave Terraform running. */
  constructor(start: () => ChildProcess) {
    for (const signal of SIGNALS) process.on(signal, this.pass);
    this.child = start();
  }

  stop(): void {
    for (const signal of SIGNALS) process.off(signal, this.pass);
  }

  throwIfInterrupted(): void {
    if (this.count === 1) {
      throw new Interrupted(
        'Stopped. The Terraform state is written and its lock released: run this again to go on.',
      );
    }
    if (this.count > 1) {
      throw new Interrupted(
        'Stopped by force. The state may lack what was being made, and its lock may be left: see "Terraform was forced" in docs/operations.md.',
      );
    }
  }
}

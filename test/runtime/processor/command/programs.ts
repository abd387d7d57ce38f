/** Programs for tests, in a folder like that of a processor. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CommandOptions, command } from '../../../../runtime/processor';
import { HandMadeSlot } from '../context';

export class Folder {
  private readonly root = mkdtempSync(join(tmpdir(), 'processors-'));
  /** The processor's folder. */
  readonly path = join(this.root, 'example');
  private readonly slots: HandMadeSlot[] = [];

  constructor() {
    mkdirSync(this.path);
  }

  /** `file`: relative to the processor's folder. */
  write(file: string, text: string, { executable = false } = {}): string {
    const path = join(this.path, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (executable) chmodSync(path, 0o755);
    return path;
  }

  /** A slot with a command in this folder. */
  slot(
    argv: Parameters<typeof command>[0],
    // biome-ignore lint/suspicious/noExplicitAny: a test's own schema.
    options: CommandOptions<any> = {},
    context: { parameters?: object; env?: NodeJS.ProcessEnv } = {},
  ): HandMadeSlot {
    // Python buffers its output, unless the user who runs the tests has set otherwise.
    const env = { PYTHONUNBUFFERED: '', ...context.env };
    const slot = new HandMadeSlot(command(argv, options), { folder: this.path, ...context, env });
    this.slots.push(slot);
    return slot;
  }

  /** A slot with a Python program. */
  python(source: string, ...rest: [CommandOptions?, ...string[]]): HandMadeSlot {
    const [options, ...args] = rest;
    return this.slot(['python3', '-c', source, ...args], options);
  }

  close(): void {
    for (const slot of this.slots) slot.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

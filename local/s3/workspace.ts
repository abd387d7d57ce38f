import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Workspaces that this process uses. */
const own = new Set<string>();

function isAbandoned(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  if (pid === process.pid) return !own.has(name);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * A folder for the files that this process is writing, in the file system of the bucket so that they can be renamed
 * into it. Those that dead processes left behind are removed when one is made.
 */
export class Workspace {
  readonly #path: string;
  #made: Promise<unknown> | undefined;

  /** @param parent holds the workspaces of all processes */
  constructor(parent: string) {
    const name = `${process.pid}-${randomUUID()}`;
    this.#path = join(parent, name);
    own.add(name);
    let others: string[] = [];
    try {
      others = readdirSync(parent);
    } catch {
      // Nothing was ever written here.
    }
    for (const other of others.filter(isAbandoned))
      rmSync(join(parent, other), { recursive: true, force: true });
  }

  /** Path of a file that does not exist yet. */
  async newFile(): Promise<string> {
    this.#made ??= mkdir(this.#path, { recursive: true });
    await this.#made;
    return join(this.#path, randomUUID());
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
    // The parent stays while another process has its workspace there.
    await rmdir(dirname(this.#path)).catch(() => undefined);
  }
}

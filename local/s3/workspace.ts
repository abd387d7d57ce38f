import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
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
  readonly #name = `${process.pid}-${randomUUID()}`;
  readonly #path: string;

  /** @param parent holds the workspaces of all processes */
  constructor(parent: string) {
    this.#path = join(parent, this.#name);
    own.add(this.#name);
    let names: string[] = [];
    try {
      names = readdirSync(parent);
    } catch {
      // Nothing was ever written here.
    }
    for (const name of names.filter(isAbandoned))
      rmSync(join(parent, name), { recursive: true, force: true });
  }

  /** Path of a file that does not exist yet. */
  newPath(): string {
    mkdirSync(this.#path, { recursive: true });
    return join(this.#path, randomUUID());
  }

  /** Makes a file of what `fill` writes; removes it where `fill` throws. */
  async write<T>(
    fill: (write: (chunk: Buffer) => Promise<void>) => Promise<T>,
  ): Promise<T & { path: string }> {
    const path = this.newPath();
    const file = await open(path, 'wx');
    try {
      const result = await fill(async (chunk) => {
        for (let written = 0; written < chunk.length; ) {
          written += (await file.write(chunk, written)).bytesWritten;
        }
      });
      return { ...result, path };
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
    own.delete(this.#name);
    removeIfEmpty(dirname(this.#path));
  }
}

/** @returns whether it was empty, and is removed */
export function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

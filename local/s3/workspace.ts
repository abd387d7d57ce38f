import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Begins the name of every file that this process writes. */
const OWN = `${process.pid}-${randomUUID()}-`;

function isAbandoned(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  if (pid === process.pid) return !name.startsWith(OWN);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * The folder of the files that are being written, in the file system of the bucket so that they can be renamed into it.
 * Those that dead processes left behind are removed when it is opened.
 */
export class Workspace {
  constructor(private readonly folder: string) {
    this.#remove(isAbandoned);
  }

  #remove(isWanted: (name: string) => boolean): void {
    if (!existsSync(this.folder)) return;
    for (const name of readdirSync(this.folder)) if (isWanted(name)) rmSync(join(this.folder, name));
    removeIfEmpty(this.folder);
  }

  /** Path of a file that does not exist yet. */
  newPath(): string {
    mkdirSync(this.folder, { recursive: true });
    return join(this.folder, OWN + randomUUID());
  }

  /** Makes a file of what `fill` writes; removes it where `fill` throws. */
  async write<T>(
    fill: (write: (chunk: Buffer) => Promise<void>) => Promise<T>,
  ): Promise<T & { path: string }> {
    const path = this.newPath();
    const file = await open(path, 'wx');
    try {
      const result = await fill(async (chunk) => {
        for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
      });
      return { ...result, path };
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Removes what this process has not finished. */
  close(): void {
    this.#remove((name) => name.startsWith(OWN));
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

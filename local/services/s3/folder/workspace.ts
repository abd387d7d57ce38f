import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, write as writeCallback, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SMALL_BYTES } from '../../../core/request-body';
import { FOREIGN } from './keys';
import {
  codeOf,
  discard,
  fileAt,
  isRealFolder,
  makeOwnFolder,
  NEW_FILE,
  namingFile,
  removeIfEmpty,
} from './own-files';

const writeTo = promisify(writeCallback);

/** Writes a chunk from a byte on; a few bytes at once, sooner than a thread could be asked to. Returns how many it wrote. */
async function writeSome(file: number, chunk: Buffer, from: number, path: string): Promise<number> {
  try {
    return chunk.length <= SMALL_BYTES
      ? writeSync(file, chunk, from)
      : (await writeTo(file, chunk, from)).bytesWritten;
  } catch (error) {
    return namingFile(path)(error as NodeJS.ErrnoException);
  }
}

/** Begins the name of every file that this process writes. */
const OWN = `${process.pid}-${randomUUID()}-`;
/** Names of files that such a process writes. */
const WRITTEN = /^(\d{1,10})-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Name of a file that is copied beside its place before it becomes an object. */
export const foreignName = () => `${FOREIGN}${OWN}${randomUUID()}`;

/** A file of the workspace, as it was when it was whole. */
export interface Written {
  path: string;
  /** Identity of the file. */
  file: string;
}

function isAbandoned(name: string): boolean {
  const pid = Number(WRITTEN.exec(name)?.[1] ?? process.pid);
  if (pid === process.pid) return WRITTEN.test(name) && !name.startsWith(OWN);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/**
 * The folder of the files that are being written, in the file system of the bucket so that they can be renamed into it.
 * Those that dead processes left behind are removed when it is opened; whatever else is there stays.
 */
export class Workspace {
  constructor(private readonly folder: string) {
    this.#remove(isAbandoned);
  }

  #remove(isWanted: (name: string) => boolean): void {
    if (!isRealFolder(this.folder)) return;
    for (const name of readdirSync(this.folder)) if (isWanted(name)) discard(join(this.folder, name));
    removeIfEmpty(this.folder);
  }

  /** Path of a file that does not exist yet. Throws a LocalCloudError if a link or a file is in the folder's place. */
  newPath(): string {
    makeOwnFolder(this.folder);
    return join(this.folder, OWN + randomUUID());
  }

  /** Makes a file of what `fill` writes; removes it if `fill` throws. */
  async write<T>(fill: (write: (chunk: Buffer) => Promise<void>) => Promise<T>): Promise<T & Written> {
    const path = this.newPath();
    // At once: a moment later the folder may be another one.
    const opened = openSync(path, NEW_FILE);
    let result: T;
    try {
      result = await fill(async (chunk) => {
        for (let done = 0; done < chunk.length; ) done += await writeSome(opened, chunk, done, path);
      });
    } catch (error) {
      discard(path);
      throw error;
    } finally {
      closeSync(opened);
    }
    return { ...result, path, file: fileAt(path) ?? '' };
  }

  /** Removes what this process has not finished. */
  close(): void {
    this.#remove((name) => name.startsWith(OWN));
  }
}

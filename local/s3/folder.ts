import { createHash } from 'node:crypto';
import { fstatSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DirectoryNames } from './directory-names';
import { s3Error } from './errors';
import { contentTypeOf, ENCODED, encodedPath, HIDDEN, isPath } from './keys';
import { identityOf, type ObjectRecord, type Sidecar, Sidecars } from './sidecars';
import { removeIfEmpty, Workspace } from './workspace';

const CHUNK_BYTES = 256 * 1024;

/** An object as it was at one moment. */
export interface StoredObject extends ObjectRecord {
  key: string;
  path: string;
  size: number;
  /** Whole seconds, as HTTP has them. */
  lastModified: Date;
  /** Identity of the file. */
  file: string;
  /** As written with the object; none of a file that somebody put into the folder. */
  sidecar?: Sidecar;
}

/** Asked what stands where a write or a delete is about to be; throws to keep it so. */
export type Condition = (current: StoredObject | undefined) => void;

/** There is no file of that name, or the name cannot be one. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'];
/** Something else stands where the file or its folder would be. */
const OCCUPIED = ['ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'ELOOP'];

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** Not the path itself where a part of it is a link or, on a file system that ignores case or normal form, spelled otherwise. */
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (ABSENT.includes(codeOf(error))) return undefined;
    throw error;
  }
}

const fileOf = ({ fd }: FileHandle) => identityOf(fstatSync(fd, { bigint: true }));

/**
 * The objects of one bucket. A key that reads as a path is the file of that path; any other key, and one whose path is
 * taken by a folder, a link or the like, is a file below `.s3/keys/`. Symbolic links are not objects, and nothing
 * behind one is: a path counts only where it is its own real path, so none leads out of the folder.
 *
 * What stands in a folder is looked up and changed in synchronous calls, each shorter than a promise of it would be. So
 * an operation sees and leaves every object whole, and a condition still holds when its write is done.
 */
export class BucketFolder {
  readonly root: string;
  readonly workspace: Workspace;
  readonly names = new DirectoryNames();
  readonly #sidecars: Sidecars;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.root = realpathSync.native(folder);
    this.workspace = new Workspace(join(this.root, HIDDEN, 'run'));
    this.#sidecars = new Sidecars(join(this.root, HIDDEN, 'meta'));
  }

  #paths(key: string): string[] {
    const encoded = join(this.root, HIDDEN, ENCODED, encodedPath(key));
    return isPath(key) ? [join(this.root, key), encoded] : [encoded];
  }

  /** The object of this key, if there is one. */
  find(key: string): StoredObject | undefined {
    for (const path of this.#paths(key)) {
      const object = realPathOf(path) === path ? this.describe(key, path) : undefined;
      if (object) return object;
    }
    return undefined;
  }

  /** The object of this key in the file of this path, which is known to be inside the folder. */
  describe(key: string, path: string): StoredObject | undefined {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stats?.isFile()) return undefined;
    const file = identityOf(stats);
    const sidecar = this.#sidecars.read(key).find((each) => each.file === file);
    const record = sidecar ?? {
      // With a dash, as of a multipart upload: nobody takes it for the MD5 of a content that was never read.
      etag: `${createHash('md5').update(file).digest('hex')}-1`,
      headers: { 'content-type': contentTypeOf(key) },
    };
    const lastModified = new Date(Number(stats.mtimeNs / 1_000_000_000n) * 1000);
    return { ...record, key, path, file, size: Number(stats.size), lastModified, sidecar };
  }

  /** The object with its content: what is opened stays readable, and the same, whatever happens to the key. */
  async open(key: string): Promise<{ object: StoredObject; content: FileHandle } | undefined> {
    for (let object = this.find(key); object; object = this.find(key)) {
      const content = await open(object.path, 'r').catch((error) => {
        if (!ABSENT.includes(codeOf(error))) throw error;
      });
      if (content && fileOf(content) === object.file) return { object, content };
      await content?.close();
    }
    return undefined;
  }

  /** Makes a file of the workspace the object, in one step, or removes it and throws what the condition throws. */
  commit(key: string, temporary: string, record: ObjectRecord, condition?: Condition): StoredObject {
    try {
      const current = this.find(key);
      condition?.(current);
      const file = identityOf(lstatSync(temporary, { bigint: true }));
      const sidecars = [{ ...record, file }, ...(current?.sidecar ? [current.sidecar] : [])];
      this.#sidecars.write(key, sidecars, this.workspace.newPath());
      const paths = [...(current ? [current.path] : []), ...this.#paths(key)];
      const path = paths.find((each) => this.#place(temporary, each));
      const object = path && this.describe(key, path);
      if (object) return object;
      throw s3Error('InternalError', { Message: `There is no place for this key in ${this.root}.` });
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** @returns false where the path cannot be a file */
  #place(temporary: string, path: string): boolean {
    try {
      if (!this.#makeFolder(dirname(path))) return false;
      const present = lstatSync(path, { throwIfNoEntry: false });
      if (present && !(present.isFile() && realPathOf(path) === path)) return false;
      renameSync(temporary, path);
      return true;
    } catch (error) {
      if (OCCUPIED.includes(codeOf(error))) return false;
      throw error;
    }
  }

  /** Like `mkdir -p`, but makes nothing behind a symbolic link. */
  #makeFolder(path: string): boolean {
    const real = realPathOf(path);
    if (real !== undefined) return real === path;
    if (!this.#makeFolder(dirname(path))) return false;
    mkdirSync(path);
    return true;
  }

  /** Removes the object, if there is one, and the folders that it leaves empty. Throws what the condition throws. */
  remove(key: string, condition?: Condition): void {
    let object = this.find(key);
    condition?.(object);
    // More than once where a file was put by hand in the place of an encoded object.
    for (; object; object = this.find(key)) {
      unlinkSync(object.path);
      for (let path = dirname(object.path); path !== this.root && removeIfEmpty(path); ) path = dirname(path);
    }
    this.#sidecars.remove(key);
  }

  /** Removes what this process has not finished. */
  close(): void {
    this.workspace.close();
    removeIfEmpty(join(this.root, HIDDEN));
  }
}

/**
 * Bytes `start` to `end` (inclusive) of an open object. The last chunk is held back until it is certain that nobody wrote
 * to the file in the meantime: then it throws, and the reader gets a broken transfer rather than a mix of two contents.
 */
export async function* readContent(
  content: FileHandle,
  { file }: StoredObject,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let held: Buffer | undefined;
  for (let position = start; position <= end; ) {
    const length = Math.min(CHUNK_BYTES, end - position + 1);
    const { bytesRead, buffer } = await content.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) break;
    if (held) yield held;
    held = buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
  if (fileOf(content) !== file) throw new Error('The file was changed while it was read.');
  if (held) yield held;
}

import { hash } from 'node:crypto';
import { type BigIntStats, constants, mkdirSync, realpathSync, renameSync, unlinkSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalCloudError } from '../../../core/errors';
import { contentTypeOf } from '../protocol/content-type';
import { s3Error } from '../protocol/errors';
import { DirectoryNames } from './directory-names';
import { ENCODED, encodedPath, HIDDEN, isPath, RECORDS, WRITING } from './keys';
import { OpenFile } from './open-file';
import {
  ABSENT,
  codeOf,
  discard,
  fileAt,
  identityOf,
  makeFolder,
  OCCUPIED,
  realPathOf,
  removeIfEmpty,
  statOf,
} from './own-files';
import { type ObjectRecord, type Sidecar, Sidecars } from './sidecars';
import { foreignName, Workspace, type Written } from './workspace';

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

/** Gets the current object before a write or a delete; throws to prevent it. */
export type Condition = (current: StoredObject | undefined) => void;

/** What HTTP dates and XML dates can say, in milliseconds: the years 1 to 9999. */
const [FIRST_DATE, LAST_DATE] = [-62_135_596_800_000, 253_402_300_799_000];

/** In whole seconds; a file system also holds dates that no client could read. */
function lastModifiedOf({ mtimeNs }: BigIntStats): Date {
  const milliseconds = Number(mtimeNs / 1_000_000_000n) * 1000;
  return new Date(Math.min(Math.max(milliseconds, FIRST_DATE), LAST_DATE));
}

/** The path in a bucket's folder where a link or a file is in the way of the local cloud's own folder. */
export function findObstacle(root: string): string | undefined {
  const folders = ['', RECORDS, WRITING, ENCODED].map((name) => join(root, HIDDEN, name));
  return folders.find((folder) => statOf(folder)?.isDirectory() === false);
}

/**
 * The objects of one bucket. A key that reads as a path is the file of that path; any other key, and one whose path is
 * taken by a folder, a link or the like, is a file below `.s3/keys/`. Symbolic links are not objects, and nothing
 * behind one is: a path counts only if it is its own real path, so none leads out of the folder.
 *
 * The folder is read and changed in synchronous calls, each shorter than a promise of it would be. So an operation sees and
 * leaves every object whole, and a condition still holds when its write is done.
 */
export class BucketFolder {
  readonly root: string;
  readonly workspace: Workspace;
  readonly names = new DirectoryNames();
  readonly #sidecars: Sidecars;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.root = realpathSync.native(folder);
    this.workspace = new Workspace(join(this.root, HIDDEN, WRITING));
    this.#sidecars = new Sidecars(join(this.root, HIDDEN, RECORDS));
  }

  *#paths(key: string): Iterable<string> {
    if (isPath(key)) yield join(this.root, key);
    yield join(this.root, HIDDEN, ENCODED, encodedPath(key));
  }

  /** The object of this key, if there is one. */
  find(key: string): StoredObject | undefined {
    for (const path of this.#paths(key)) {
      // Looked for first: most keys that are asked for are at one of their places only.
      const stats = statOf(path);
      if (stats?.isFile() && realPathOf(path) === path) return this.#described(key, path, stats);
    }
    return undefined;
  }

  /** The object of this key in the file of this path, which is known to be inside the folder. */
  describe(key: string, path: string): StoredObject | undefined {
    const stats = statOf(path);
    return stats?.isFile() ? this.#described(key, path, stats) : undefined;
  }

  #described(
    key: string,
    path: string,
    stats: BigIntStats,
    records = this.#sidecars.read(key),
  ): StoredObject {
    const file = identityOf(stats);
    const sidecar = records.find((each) => each.file === file);
    const record = sidecar ?? {
      // With a dash, as of a multipart upload: nobody takes it for the MD5 of a content that was never read.
      etag: `${hash('md5', file)}-1`,
      headers: { 'content-type': contentTypeOf(key) },
    };
    const [size, lastModified] = [Number(stats.size), lastModifiedOf(stats)];
    return { ...record, key, path, file, size, lastModified, sidecar };
  }

  /** The object with its content. An open object stays readable and unchanged, also if the key is written or deleted. */
  open(key: string): { object: StoredObject; content: OpenFile } | undefined {
    for (let object = this.find(key); object; object = this.find(key)) {
      const content = OpenFile.open(object);
      if (content) return { object, content };
    }
    return undefined;
  }

  /**
   * Makes a file of the workspace the object, in one step, or removes it and throws what the condition throws. A file system that is
   * mounted below the folder takes no file of another one: there the file is copied beside its place first.
   * @param placed called as soon as the object is there, before anybody else can look
   */
  async commit(
    key: string,
    written: Written,
    record: ObjectRecord,
    condition?: Condition,
    placed?: () => void,
  ): Promise<StoredObject> {
    const place = (file: Written) => {
      const outcome = this.#place(key, file, record, condition);
      if ('object' in outcome) placed?.();
      return outcome;
    };
    const outcome = place(written);
    if ('object' in outcome) return outcome.object;
    const copy = await copyBeside(written, outcome.path);
    const second = place(copy);
    if ('object' in second) return second.object;
    discard(copy.path);
    throw second.error;
  }

  /** Synchronous, so that the condition still holds when the file is in its place. Returns the place that is on another file system. */
  #place(
    key: string,
    { path: temporary, file }: Written,
    record: ObjectRecord,
    condition?: Condition,
  ): { object: StoredObject } | { path: string; error: unknown } {
    let target = '';
    const moveTo = (path: string) => {
      target = path;
      return this.#moveTo(temporary, path);
    };
    try {
      const current = this.find(key);
      condition?.(current);
      if (fileAt(temporary) !== file) throw s3Error('ServiceUnavailable');
      const sidecars = [{ ...record, file }, ...(current?.sidecar ? [current.sidecar] : [])];
      this.#sidecars.write(key, sidecars, () => this.workspace.newPath());
      const paths = [...(current ? [current.path] : []), ...this.#paths(key)];
      const path = paths.find(moveTo);
      const stats = path && statOf(path);
      if (stats) return { object: this.#described(key, path, stats, sidecars) };
      throw new LocalCloudError(`Something else stands in ${this.root} where this object's file is to be.`);
    } catch (error) {
      if (codeOf(error) === 'EXDEV') return { path: target, error };
      discard(temporary);
      throw error;
    }
  }

  /** @returns false if the path cannot be a file */
  #moveTo(temporary: string, path: string): boolean {
    try {
      if (!makeFolder(dirname(path))) return false;
      const present = statOf(path);
      if (present && !(present.isFile() && realPathOf(path) === path)) return false;
      renameSync(temporary, path);
      return true;
    } catch (error) {
      if (OCCUPIED.includes(codeOf(error))) return false;
      throw error;
    }
  }

  /** Removes the object, if there is one, and the folders that it leaves empty. Throws what the condition throws. */
  remove(key: string, condition?: Condition): void {
    let object = this.find(key);
    condition?.(object);
    // More than once if a file was put by hand in place of an encoded object.
    for (; object; object = this.find(key)) {
      unlinkIfThere(object.path);
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

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!ABSENT.includes(codeOf(error))) throw error;
  }
}

/** Copies a file of the workspace into the folder of a path, whose file system may be another one, and removes it. */
async function copyBeside({ path: temporary }: Written, path: string): Promise<Written> {
  const copy = join(dirname(path), foreignName());
  try {
    await copyFile(temporary, copy, constants.COPYFILE_EXCL);
    return { path: copy, file: fileAt(copy) ?? '' };
  } catch (error) {
    discard(copy);
    throw error;
  } finally {
    discard(temporary);
  }
}

import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentTypeOf } from './content-types';
import { s3Error } from './errors';
import { ENCODED, encodedPath, HIDDEN, isPath } from './keys';
import { NamedLocks } from './lock';
import { DirectoryNames } from './names';
import { identityOf, type ObjectRecord, type Sidecar, Sidecars } from './sidecars';
import { Workspace } from './workspace';

/** An object as it was at one moment. */
export interface StoredObject extends ObjectRecord {
  key: string;
  path: string;
  size: number;
  /** Whole seconds, as HTTP has them. */
  lastModified: Date;
  headers: Record<string, string>;
  /** Identity of the file. */
  file: string;
  /** As written with the object; none of a file that somebody put into the folder. */
  sidecar?: Sidecar;
}

/** Asked under the key's lock what stands there; throws to keep it so. */
export type Condition = (current: StoredObject | undefined) => void;

/** There is no file of that name, or the name cannot be one. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'];
/** Something else stands where the file or its folder would be. */
const OCCUPIED = ['ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'ELOOP'];

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

async function unlessAbsent<T>(result: Promise<T>): Promise<T | undefined> {
  return result.catch((error) => {
    if (ABSENT.includes(codeOf(error))) return undefined;
    throw error;
  });
}

function occupied(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${path} is no place for an object`), { code: 'EEXIST' });
}

/**
 * The objects of one bucket. A key that reads as a path is the file of that path; any other key, and one whose path is
 * taken by a folder, a link or the like, is a file below `.s3/keys/`. Symbolic links are not objects, and nothing
 * behind one is: a path counts only where it is its own real path, so none leads out of the folder.
 */
export class BucketFolder {
  readonly root: string;
  readonly workspace: Workspace;
  readonly names = new DirectoryNames();
  readonly #sidecars: Sidecars;
  readonly #locks = new NamedLocks();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.root = realpathSync(folder);
    this.workspace = new Workspace(join(this.root, HIDDEN, 'run'));
    this.#sidecars = new Sidecars(join(this.root, HIDDEN, 'meta'));
  }

  #paths(key: string): string[] {
    const encoded = join(this.root, HIDDEN, ENCODED, encodedPath(key));
    return isPath(key) ? [join(this.root, key), encoded] : [encoded];
  }

  /** The object of this key, if there is one. */
  async find(key: string): Promise<StoredObject | undefined> {
    for (const path of this.#paths(key)) {
      if ((await unlessAbsent(realpath(path))) !== path) continue;
      const object = await this.describe(key, path);
      if (object) return object;
    }
    return undefined;
  }

  /** The object of this key in the file of this path, which is known to be inside the folder. */
  async describe(key: string, path: string): Promise<StoredObject | undefined> {
    for (;;) {
      const stats = await unlessAbsent(lstat(path, { bigint: true }));
      if (!stats?.isFile()) return undefined;
      const file = identityOf(stats);
      const sidecars = await this.#sidecars.read(key);
      const sidecar = sidecars.find((each) => each.file === file);
      if (!sidecar && sidecars.length > 0) {
        // Either written by hand, or replaced twice since it was looked at.
        const now = await unlessAbsent(lstat(path, { bigint: true }));
        if (!now || identityOf(now) !== file) continue;
      }
      const common = {
        key,
        path,
        file,
        size: Number(stats.size),
        lastModified: new Date(Number(stats.mtimeNs / 1_000_000_000n) * 1000),
      };
      if (sidecar) return { ...sidecar, ...common, headers: sidecar.headers ?? {}, sidecar };
      // With a dash, as of a multipart upload: nobody takes it for the MD5 of a content that was never read.
      const etag = `${createHash('md5').update(file).digest('hex')}-1`;
      return { ...common, etag, headers: { 'content-type': contentTypeOf(key) } };
    }
  }

  /** The object with its content: what is opened stays readable, and the same, whatever happens to the key. */
  async open(key: string): Promise<{ object: StoredObject; content: FileHandle } | undefined> {
    for (;;) {
      const object = await this.find(key);
      if (!object) return undefined;
      const content = await unlessAbsent(open(object.path, 'r'));
      if (!content) continue;
      if (identityOf(await content.stat({ bigint: true })) === object.file) return { object, content };
      await content.close();
    }
  }

  /** Makes a file of the workspace the object, in one step, or removes it and throws what the condition throws. */
  async commit(
    key: string,
    temporary: string,
    record: ObjectRecord,
    condition?: Condition,
  ): Promise<StoredObject> {
    const committed = this.#locks.hold(key, async () => {
      const current = await this.find(key);
      condition?.(current);
      const file = identityOf(await lstat(temporary, { bigint: true }));
      const sidecars = [{ ...record, file }, ...(current?.sidecar ? [current.sidecar] : [])];
      await this.#sidecars.write(key, sidecars, await this.workspace.newFile());
      const path = await this.#place(
        temporary,
        new Set([...(current ? [current.path] : []), ...this.#paths(key)]),
      );
      const object = await this.describe(key, path);
      if (!object)
        throw s3Error('InternalError', 'The object was removed by another program while it was written.');
      return object;
    });
    return committed.catch(async (error) => {
      await rm(temporary, { force: true });
      throw error;
    });
  }

  /** Renames to the first of the paths that can be a file. */
  async #place(temporary: string, paths: Set<string>): Promise<string> {
    for (const path of paths) {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#makeFolder(dirname(path));
          const present = await unlessAbsent(lstat(path));
          if (present && !present.isFile()) throw occupied(path);
          await rename(temporary, path);
          return path;
        } catch (error) {
          if (OCCUPIED.includes(codeOf(error))) break;
          // The folder was empty until now, and a delete elsewhere in it has just taken it away.
          if (codeOf(error) !== 'ENOENT' || attempt === 100) throw error;
        }
      }
    }
    throw s3Error('InternalError', 'Neither the file of this key nor its place below .s3/ can be written.');
  }

  /** Like `mkdir -p`, but makes nothing behind a symbolic link. */
  async #makeFolder(path: string): Promise<void> {
    const real = await realpath(path).catch((error) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
    if (real === path) return;
    if (real) throw occupied(path);
    await this.#makeFolder(dirname(path));
    await mkdir(path).catch(async (error) => {
      // Another request's, or a link that leads nowhere.
      if (codeOf(error) !== 'EEXIST' || !(await lstat(path)).isDirectory()) throw error;
    });
  }

  /** Removes the object, if there is one, and the folders that it leaves empty. Throws what the condition throws. */
  async remove(key: string, condition?: Condition): Promise<void> {
    await this.#locks.hold(key, async () => {
      let object = await this.find(key);
      condition?.(object);
      // More than once where a file was put by hand in the place of an encoded object.
      for (; object; object = await this.find(key)) {
        await unlessAbsent(unlink(object.path));
        await this.#prune(dirname(object.path));
      }
      await this.#sidecars.remove(key);
    });
  }

  async #prune(path: string): Promise<void> {
    if (path === this.root) return;
    const removed = await rmdir(path).then(
      () => true,
      () => false,
    );
    if (removed) await this.#prune(dirname(path));
  }

  /** Removes what this process has not finished. */
  async close(): Promise<void> {
    await this.workspace.remove();
    await rmdir(join(this.root, HIDDEN)).catch(() => undefined);
  }
}

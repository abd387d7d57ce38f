/** The object's content, on its way to a program. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isGzip } from '../content-encoding';
import type { SourceObject } from '../object';
import { PermanentError } from '../permanent-error';

/** Writes the content to the program's standard input, no faster than it reads. A program may close its input early. */
export async function feed(object: SourceObject, stdin: Writable): Promise<void> {
  for await (const chunk of contentOf(object)) {
    if (stdin.destroyed) return;
    if (!stdin.write(chunk) && !stdin.destroyed) await drained(stdin);
  }
  stdin.end();
}

/** Writes the content to a file in the object's scratch folder; returns its path. */
export async function saveInput(
  object: SourceObject,
  { scratch, signal }: { scratch: string; signal: AbortSignal },
): Promise<string> {
  const path = join(scratch, `input${extension(object)}`);
  // The file system alone would notice at the next piece, which may never come.
  const stop = () => object.body.destroy();
  signal.addEventListener('abort', stop);
  try {
    await writeFile(path, contentOf(object), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return path;
}

/** The content, decompressed if it is stored with `Content-Encoding: gzip`, as the readers of SourceObject do. */
async function* contentOf(object: SourceObject): AsyncGenerator<Buffer> {
  const { body } = object;
  if (!isGzip(object.contentEncoding)) {
    yield* body;
    return;
  }
  const gunzip = createGunzip();
  body.once('error', (error) => gunzip.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) gunzip.destroy();
  });
  try {
    yield* body.pipe(gunzip);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw error;
    throw new PermanentError(`The content is not gzip, as its Content-Encoding says: ${message}`);
  } finally {
    body.destroy();
  }
}

/** Programs look at it: `.jpg`, `.tar.gz`. Empty if the key has none that is plain. */
function extension(object: SourceObject): string {
  const [extension = ''] = /(\.[A-Za-z0-9]{1,16}){1,2}$/.exec(basename(object.key)) ?? [];
  return isGzip(object.contentEncoding) ? extension.replace(/\.gz$/i, '') : extension;
}

function drained(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done);
      resolve();
    };
    stdin.on('drain', done).on('close', done);
  });
}

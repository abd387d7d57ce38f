/** The folder in which Terraform works on one deployment, and the lock that keeps a second run on it out. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../../root';
import { UsageError } from '../../cli/usage-error';

/**
 * Makes the folder, without the files of an earlier synthesis. Terraform keeps its provider in it between runs. Each deployment has
 * its own, so several may be deployed at once.
 */
export function makeWorkFolder(namePrefix: string): string {
  const folder = join(ROOT, 'dist', 'terraform', namePrefix);
  const stackFolder = join(folder, 'stacks', namePrefix);
  mkdirSync(stackFolder, { recursive: true });
  for (const name of readdirSync(stackFolder)) {
    if (!name.startsWith('.terraform')) rmSync(join(stackFolder, name), { recursive: true });
  }
  return folder;
}

/** How long another run may take to say its process id. The system accepts the connection for a suspended one, too. */
const ANSWER_MILLISECONDS = 5_000;

/**
 * Runs `work` while no other deploy or cleanup of this deployment runs in this checkout. The lock is a socket that listens: the
 * system closes it with the process, however that ends. A run in another checkout meets the lock of the state. Throws a UsageError
 * if another one runs, and the error of the file system if the checkout is read-only.
 */
export async function alone<Result>(namePrefix: string, work: () => Promise<Result>): Promise<Result> {
  accessSync(ROOT, constants.W_OK);
  // Paths of sockets are short: up to 104 bytes on macOS.
  const hash = createHash('sha256').update(`${ROOT}\0${namePrefix}`).digest('hex').slice(0, 20);
  const lock = await listen(join(tmpdir(), `batch-deploy-${hash}.sock`), namePrefix);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function listen(path: string, namePrefix: string): Promise<Server> {
  for (;;) {
    const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)));
    try {
      server.listen(path).unref();
      await once(server, 'listening');
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
    const who = await holder(path);
    if (who) {
      throw new UsageError(
        `A deploy or cleanup of ${namePrefix} runs in this checkout already (${who}): wait for its end.`,
      );
    }
    rmSync(path, { force: true });
  }
}

/** For people: its process id, if it answers. Undefined if the process that listened is gone. */
async function holder(path: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
  try {
    const pid = await text(createConnection({ path, signal }));
    return pid && `pid ${pid}`;
  } catch {
    return signal.aborted ? 'it does not answer; Ctrl-Z may have suspended it' : undefined;
  }
}

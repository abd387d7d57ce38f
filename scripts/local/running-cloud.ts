/**
 * Lets a run find the local cloud that scripts/local.ts keeps running: a file in the hidden part of its bucket's folder. Anybody
 * who can write to that folder could forge one. So a file counts only if this user alone could read and write it, and if it names
 * a process of this user that listens at the endpoint in the file.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { HIDDEN } from '../../local/services/s3/folder/keys';
import { discard, makeOwnFolder, readOwnFile, writeOwnFile } from '../../local/services/s3/folder/own-files';
import { ask } from '../cli/child';

/** Maximum size of the file in bytes. */
const MAX_BYTES = 256 * 1024;
const ENDPOINT = /^http:\/\/127\.0\.0\.1:([1-9]\d{0,4})$/;
const visibleAscii = z.string().regex(/^[\x21-\x7e]{1,4096}$/);

const runningCloud = z.object({
  pid: z.int().positive(),
  endpoint: z.string().regex(ENDPOINT),
  region: z.string().regex(/^[a-z0-9-]{1,64}$/),
  credentials: z.object({ accessKeyId: visibleAscii, secretAccessKey: visibleAscii }),
  outputs: z.record(z.string(), z.unknown()),
  /** Absolute paths of the folders of other buckets, by name. */
  bucketFolders: z.record(z.string(), z.string()),
});

/** The data that a client needs to use it: its process, its endpoint on the loopback interface, the stack's Terraform outputs, and folders. */
export type RunningCloud = z.infer<typeof runningCloud>;

/** Throws a LocalCloudError if a link or a folder is in the file's way. */
export async function registerCloud(bucketFolder: string, cloud: RunningCloud): Promise<void> {
  const path = await pathIn(bucketFolder);
  makeOwnFolder(dirname(path));
  writeOwnFile(path, JSON.stringify(cloud), `${path}.${randomUUID()}`, 0o600);
}

/** Leaves the entry of another one alone. */
export async function unregisterCloud(bucketFolder: string): Promise<void> {
  const path = await pathIn(bucketFolder).catch(() => undefined);
  if (path && readEntry(path)?.pid === process.pid) discard(path);
}

/** Undefined if none runs on this bucket's folder; what a killed one left behind does not count. */
export async function findCloud(bucketFolder: string): Promise<RunningCloud | undefined> {
  const path = await pathIn(bucketFolder).catch(() => undefined);
  const cloud = path && readEntry(path);
  if (!cloud) return undefined;
  const port = Number(ENDPOINT.exec(cloud.endpoint)?.[1]);
  return (await isListening(cloud.pid, port)) ? cloud : undefined;
}

function readEntry(path: string): RunningCloud | undefined {
  const { content = '', stats } = readOwnFile(path, MAX_BYTES) ?? {};
  if (stats?.uid !== process.getuid?.() || (stats?.mode ?? 0o777) & 0o077) return undefined;
  try {
    return runningCloud.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

/**
 * Whether a process of this user listens on a port of 127.0.0.1. The process may have ended, and another one may have its
 * id or its port by now. Linux shows this in /proc (https://docs.kernel.org/networking/proc_net_tcp.html); elsewhere, as
 * on macOS, lsof does.
 */
async function isListening(pid: number, port: number): Promise<boolean> {
  const user = process.getuid?.();
  if (process.platform !== 'linux') {
    const where = ['-a', '-p', `${pid}`, '-u', `${user}`, `-iTCP@127.0.0.1:${port}`, '-sTCP:LISTEN'];
    return (await ask('lsof', ['-nP', '-t', ...where]))?.stdout.trim() === `${pid}`;
  }
  try {
    const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const sockets = (await readFile('/proc/net/tcp', 'utf8'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const listener = sockets.find(([, address, , state]) => address === local && state === '0A');
    if (!listener || Number(listener[7]) !== user) return false;
    const folder = `/proc/${pid}/fd`;
    const files = (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => ''));
    return (await Promise.all(files)).includes(`socket:[${listener[9]}]`);
  } catch {
    return false;
  }
}

/** Links on the way to the bucket's folder are the user's own; those below it lead nowhere. Throws if it does not exist. */
async function pathIn(bucketFolder: string): Promise<string> {
  return join(await realpath(bucketFolder), HIDDEN, 'local-cloud.json');
}

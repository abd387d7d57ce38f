/** Lets a run find the local cloud that scripts/local.ts keeps up: a file in the hidden part of its bucket's folder. */
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { isAlive } from '../../local/processes/temporary-folders';
import { HIDDEN } from '../../local/s3/keys';

/** What a client needs to use it. */
export interface RunningCloud {
  pid: number;
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** The stack's Terraform outputs. */
  outputs: Record<string, unknown>;
}

export async function registerCloud(bucketFolder: string, cloud: RunningCloud): Promise<void> {
  const path = pathIn(bucketFolder);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(cloud), { mode: 0o600 });
}

/** Leaves the entry of another one alone. */
export async function unregisterCloud(bucketFolder: string): Promise<void> {
  if ((await findCloud(bucketFolder))?.pid === process.pid) await rm(pathIn(bucketFolder), { force: true });
}

/** Undefined if none runs on this bucket's folder; what a killed one left behind does not count. */
export async function findCloud(bucketFolder: string): Promise<RunningCloud | undefined> {
  try {
    const cloud: RunningCloud = JSON.parse(await readFile(pathIn(bucketFolder), 'utf8'));
    return isAlive(cloud.pid) && (await isListening(cloud.endpoint)) ? cloud : undefined;
  } catch {
    return undefined;
  }
}

/** After a restart of the machine, the process id of a local cloud may be another program's. */
async function isListening(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

function pathIn(bucketFolder: string): string {
  return join(bucketFolder, HIDDEN, 'local-cloud.json');
}

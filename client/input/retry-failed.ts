/** The objects that failed in an earlier execution, as the input of another. */
import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import type { ExecutionInput, ObjectFailure, ObjectReference } from '../../runtime/contract';
import type { Connection } from '../deployment';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const INPUT_BYTES = 262_144;

/**
 * The input with the failed objects as its source: a list, or, if that exceeds the limit of an execution's input, a
 * manifest that is written to `manifestKey`. Undefined if nothing failed.
 */
export async function inputOfFailures(
  connection: Connection,
  failures: AsyncIterable<ObjectFailure>,
  input: ExecutionInput,
  manifestKey: string,
): Promise<ExecutionInput | undefined> {
  const failed = references(failures);
  const objects: ObjectReference[] = [];
  let bytes = Buffer.byteLength(JSON.stringify({ ...input, objects }));
  for await (const object of failed) {
    bytes += Buffer.byteLength(`${JSON.stringify(object)},`);
    objects.push(object);
    if (bytes <= INPUT_BYTES) continue;
    await writeManifest(connection, manifestKey, objects, failed);
    return { ...input, manifest: { Key: manifestKey } };
  }
  return objects.length > 0 ? { ...input, objects } : undefined;
}

async function* references(failures: AsyncIterable<ObjectFailure>): AsyncGenerator<ObjectReference> {
  for await (const { object_key: Key } of failures) yield { Key };
}

async function writeManifest(
  { clients, deployment }: Connection,
  Key: string,
  first: ObjectReference[],
  more: AsyncIterable<ObjectReference>,
): Promise<void> {
  async function* lines() {
    for (const object of first) yield `${JSON.stringify(object)}\n`;
    for await (const object of more) yield `${JSON.stringify(object)}\n`;
  }
  const Body = Readable.from(lines(), { objectMode: false });
  const params = { Bucket: deployment.bucketName, Key, Body, ContentType: 'application/x-ndjson' };
  await new Upload({ client: clients.s3, params }).done();
}

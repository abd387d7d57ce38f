/** What failed in an earlier execution, as the input of another. */
import { Readable } from 'node:stream';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNServiceException,
} from '@aws-sdk/client-sfn';
import { Upload } from '@aws-sdk/lib-storage';
import type { ExecutionInput, ObjectReference } from '../../runtime/contract';
import { checkRules } from './check-input';
import { UsageError } from './command';
import { findMapRun, resultsPrefixOf } from './map-run';
import { findManifest, readFailed } from './results';
import type { Target } from './target';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
const INPUT_BYTES = 262_144;

/**
 * The input with the failed objects of an earlier execution as its source: a list, or, where that exceeds the limit of
 * an execution's input, a manifest of the name `name`. They come from the results in the bucket, so that it does not
 * matter whether Step Functions still knows the execution. Objects that were not begun, or cut off, when it ended did not
 * fail, and are not among them. Undefined if nothing failed; a UsageError if the execution still runs or left no results.
 */
export async function retryFailed(
  target: Target,
  earlier: string,
  name: string,
  input: ExecutionInput,
): Promise<ExecutionInput | undefined> {
  const manifest = await findResults(target, earlier);
  const Key = `${target.deployment.manifestsPrefix}${name}.jsonl`;
  // Before anything is written.
  await checkRules(target, { ...input, manifest: { Key } });
  const failed = failedObjects(target, manifest);
  const objects: ObjectReference[] = [];
  let bytes = Buffer.byteLength(JSON.stringify({ ...input, objects }));
  for await (const object of failed) {
    bytes += Buffer.byteLength(`${JSON.stringify(object)},`);
    objects.push(object);
    if (bytes <= INPUT_BYTES) continue;
    await writeManifest(target, Key, objects, failed);
    return { ...input, manifest: { Key } };
  }
  return objects.length > 0 ? { ...input, objects } : undefined;
}

/** Key of the manifest of an execution's results. */
async function findResults(target: Target, earlier: string): Promise<string> {
  const { clients, deployment, locate } = target;
  const executionArn = executionArnOf(deployment.stateMachineArn, earlier);
  const name = executionArn.slice(executionArn.lastIndexOf(':') + 1);
  const known = await clients.sfn.send(new DescribeExecutionCommand({ executionArn })).catch(unlessUnknown);
  if (known?.status === 'RUNNING') {
    throw new UsageError(`${name} still runs: what fails in it is known when it has ended.`);
  }
  const mapRun = known && (await findMapRun(target, executionArn));
  const prefix = resultsPrefixOf(target, name, mapRun);
  const manifest = await findManifest(clients.s3, deployment.bucketName, prefix);
  if (manifest) return manifest;
  const ending = known?.error ? `ended ${known.status}, ${known.error}, and` : 'ended and';
  throw new UsageError(
    known
      ? `${name} ${ending} left no results: run its own command again.`
      : `There is no execution ${name}: Step Functions does not know it, and ${locate(prefix)} has no results.`,
  );
}

function executionArnOf(stateMachineArn: string, execution: string): string {
  const prefix = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:`;
  if (!execution.startsWith('arn:')) return prefix + execution;
  if (execution.startsWith(prefix)) return execution;
  throw new UsageError(`${execution} is no execution of the state machine ${stateMachineArn}.`);
}

function unlessUnknown(error: unknown): DescribeExecutionCommandOutput | undefined {
  if (error instanceof SFNServiceException && error.name === 'ExecutionDoesNotExist') return undefined;
  throw error;
}

async function* failedObjects({ clients, deployment }: Target, manifest: string) {
  for await (const { object_key: Key } of readFailed(clients.s3, deployment.bucketName, manifest))
    yield { Key };
}

async function writeManifest(
  { clients, deployment }: Target,
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

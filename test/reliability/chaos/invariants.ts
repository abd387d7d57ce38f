/** The conditions that hold after every run, with any faults. Each check throws an error that says what it found. */
import { createHash } from 'node:crypto';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { parseProvenance } from '../../../runtime/provenance';
import type { Ended, TestCloud } from '../../support/cloud';
import type { Plan, PlannedRun } from './plan';

export function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}

/**
 * Every output is whole, belongs to an object of the run, and was made from the current content of that object. Returns the keys of the
 * objects that have an output.
 */
export async function checkOutputs(cloud: TestCloud, run: PlannedRun, plan: Plan): Promise<Set<string>> {
  const { outputPrefix } = cloud.deployment;
  const inputs = new Set(run.objects.map(({ key }) => key));
  const done = new Set<string>();
  for (const outputKey of await keysBelow(cloud, outputPrefix + run.prefix)) {
    const key = outputKey.slice(outputPrefix.length);
    check(inputs.has(key), `${outputKey} is the output of no object`);
    const source = await read(cloud, key);
    const output = await read(cloud, outputKey);
    check(
      parseProvenance(output.metadata)?.etag === source.etag,
      `${outputKey} was made from another version`,
    );
    if (plan.processor === 'checksum') {
      const sha256 = createHash('sha256').update(source.content).digest('hex');
      check(JSON.parse(output.content.toString()).sha256 === sha256, `${outputKey} has another's checksum`);
    } else {
      const expected = `Processed ${key} (${source.content.length} bytes)\n`;
      check(
        output.content.equals(Buffer.from(expected)),
        `${outputKey} is ${JSON.stringify(output.content)}`,
      );
    }
    done.add(key);
  }
  return done;
}

/** The results name no object twice, and only objects of the run. If the run has processed all of them, the results name all. */
export async function checkResults(
  cloud: TestCloud,
  run: PlannedRun,
  { status, results }: Ended,
): Promise<void> {
  const { succeeded, skipped, failed, pending, prefix } = results;
  const objects = succeeded + skipped + failed + pending;
  const inputs = new Set(run.objects.map(({ key }) => key));
  const named = new Set<string>();
  const name = (key: string) => {
    check(inputs.has(key), `the results name ${key}, which is not the run's`);
    check(!named.has(key), `the results name ${key} twice`);
    named.add(key);
  };
  const files = await keysBelow(cloud, prefix);
  // Faults of S3 may keep the results of a run that does not succeed from being written, or from being written whole.
  const isWritten = files.some((file) => file.endsWith('/manifest.json'));
  check(isWritten || status !== 'SUCCEEDED', 'a run that succeeded has no results');
  for (const file of files) {
    const kind = /\/(SUCCEEDED|FAILED|PENDING)_\d+\.jsonl$/.exec(file)?.[1];
    if (!kind) continue;
    for (const line of (await read(cloud, file)).content.toString().split('\n').filter(Boolean)) {
      const entry = JSON.parse(line);
      if (kind === 'SUCCEEDED') name(entry.object_key);
      else for (const { Key } of JSON.parse(entry.Input).Items) name(Key);
    }
  }
  check(
    !isWritten || objects === named.size,
    `the client counts ${objects} objects, the results name ${named.size}`,
  );
  if (status !== 'SUCCEEDED') return;
  check(
    objects === inputs.size && pending === 0,
    `${objects} of ${inputs.size} objects, ${pending} not done`,
  );
}

/** No worker runs, and no instance is provisioned. */
export async function checkNothingIsLeft(cloud: TestCloud): Promise<void> {
  const { stateMachineArn } = cloud.deployment;
  const { executions } = await cloud.clients.sfn.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
  );
  check(executions?.length === 0, 'an execution still runs');
  await cloud.fleetIsGone();
}

async function keysBelow({ clients, deployment }: TestCloud, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  const pages = paginateListObjectsV2({ client: clients.s3 }, { Bucket: deployment.bucketName, Prefix });
  for await (const { Contents = [] } of pages) keys.push(...Contents.map(({ Key = '' }) => Key));
  return keys;
}

async function read({ clients, deployment }: TestCloud, Key: string) {
  const {
    Body,
    ETag = '',
    Metadata = {},
  } = await clients.s3.send(new GetObjectCommand({ Bucket: deployment.bucketName, Key }));
  const content = Buffer.from((await Body?.transformToByteArray()) ?? []);
  return { content, etag: ETag.replaceAll('"', ''), metadata: Metadata };
}

/** One seed: its runs under its faults, then the same runs again without faults, and the checks after each. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describeFault } from '../../../local/core/faults';
import type { ExecutionInput } from '../../../runtime/contract';
import { PREFIXES } from '../../../runtime/prefixes';
import { type Ended, type LogLine, TestCloud } from '../../support/cloud';
import { check, checkNothingIsLeft, checkOutputs, checkResults } from './invariants';
import { type Plan, type PlannedRun, planOf } from './plan';

/** Settings of the stack that the seeds run on: timeouts as short as the local cloud can keep while other work goes on. */
export const STACK = {
  BATCH_SLOTS_PER_WORKER: '2',
  BATCH_MAX_WORKERS: '4',
  BATCH_OBJECT_TIMEOUT_SECONDS: '12',
  BATCH_HEARTBEAT_SECONDS: '3',
  BATCH_STOP_TIMEOUT_SECONDS: '4',
  BATCH_PROVISION_POLL_SECONDS: '1',
  BATCH_PROVISION_TIMEOUT_SECONDS: '60',
};

export interface Outcome {
  /** One word for each run under faults: how it ended. */
  statuses: string[];
  objects: number;
  /** How often each fault hit. */
  hits: Record<string, number>;
  seconds: number;
}

/** Throws an Error that begins with the seed and shows its plan, if a check fails. */
export async function runSeed(seed: number, stackFolder: string): Promise<Outcome> {
  const plan = planOf(seed);
  const started = performance.now();
  let cloud: TestCloud | undefined;
  try {
    cloud = await TestCloud.start(stackFolder, {
      faultSeed: seed,
      workerEnvironment: {
        SIMULATE_SECONDS: '0.1',
        SLOT_MEMORY_MIB: '128',
        ...simulatedFault(plan),
      },
    });
    const outcome = await disturb(cloud, plan);
    await cloud.close();
    return { ...outcome, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    // Other errors at the end are consequences.
    await cloud?.close().catch(() => {});
    throw new Error(`Seed ${seed}: ${error instanceof Error ? error.message : error}\n${describe(plan)}`, {
      cause: error,
    });
  }
}

async function disturb(cloud: TestCloud, plan: Plan): Promise<Omit<Outcome, 'seconds'>> {
  for (const run of plan.runs) await putObjects(cloud, run, plan.seed);
  const removals = plan.faults.map((fault) => cloud.cloud.faults.inject(fault));
  const endings = await Promise.all(plan.runs.map((run) => execute(cloud, run, plan)));
  await checkNothingIsLeft(cloud);
  for (const remove of removals) remove();
  for (const [index, run] of plan.runs.entries()) {
    const ended = endings[index] as Ended;
    await checkResults(cloud, run, ended);
    const done = await checkOutputs(cloud, run, plan);
    const { succeeded, skipped } = ended.results;
    check(done.size >= succeeded + skipped, 'the results count outputs that are not there');

    const before = cloud.lines.length;
    const tolerant = { ...run, toleratedFailurePercentage: 100, stopAfterSeconds: undefined };
    const again = await execute(cloud, tolerant, plan);
    check(
      again.status === 'SUCCEEDED',
      `without faults it ended ${again.status}: ${again.error}: ${again.cause}`,
    );
    await checkResults(cloud, run, again);
    const repeated = cloud.lines
      .slice(before)
      .filter(isProcessed)
      .find(({ key }) => done.has(String(key)));
    check(!repeated, `${repeated?.key} was processed again, though its output was up to date`);
    const hopeless = run.objects.filter(({ key }) => isHopeless(plan, key)).length;
    const { failed } = again.results;
    check(failed === hopeless, `${failed} objects failed without faults, ${hopeless} had to`);
    const outputs = await checkOutputs(cloud, run, plan);
    check(outputs.size === run.objects.length - hopeless, `${outputs.size} outputs of ${run.objects.length}`);
  }
  await checkNothingIsLeft(cloud);
  return {
    statuses: endings.map(({ status }) => status),
    objects: plan.runs.reduce((sum, { objects }) => sum + objects.length, 0),
    hits: cloud.cloud.faults.injected(),
  };
}

/** Follows an execution from its beginning to its end. */
async function execute(cloud: TestCloud, run: PlannedRun, plan: Plan): Promise<Ended> {
  const executionArn = await cloud.begin(inputOf(run, plan));
  if (run.stopAfterSeconds !== undefined) {
    await delay(run.stopAfterSeconds * 1000);
    await cloud.stop(executionArn);
  }
  return cloud.end(executionArn);
}

function inputOf({ prefix, objects, source, ...run }: PlannedRun, { processor }: Plan): ExecutionInput {
  return {
    processor,
    output_prefix: PREFIXES.output,
    worker_count: run.workers,
    batch_size: run.batchSize,
    tolerated_failure_percentage: run.toleratedFailurePercentage,
    ...(source === 'prefix' && { prefix }),
    ...(source === 'objects' && { objects: objects.map(({ key }) => ({ Key: key })) }),
    ...(source === 'manifest' && { manifest: { Key: manifestKey(prefix) } }),
  };
}

const manifestKey = (prefix: string) => `manifests/${prefix}keys.jsonl`;

async function putObjects({ clients, deployment }: TestCloud, run: PlannedRun, seed: number): Promise<void> {
  const put = (Key: string, Body: Buffer | string) =>
    clients.s3.send(new PutObjectCommand({ Bucket: deployment.bucketName, Key, Body }));
  for (const { key, size } of run.objects) {
    const content = createHash('sha256').update(`${seed} ${key}`).digest();
    await put(key, Buffer.alloc(size, content));
  }
  const lines = run.objects.map(({ key }) => `${JSON.stringify({ Key: key })}\n`);
  await put(manifestKey(run.prefix), lines.join(''));
}

const isProcessed = ({ message }: LogLine) => message === 'S3 object processed successfully';

function simulatedFault({ processorFault }: Plan): Record<string, string> {
  if (!processorFault) return {};
  const { fault, key, attempts } = processorFault;
  return {
    SIMULATE_FAULT: fault,
    SIMULATE_FAULT_KEY: key,
    // A permanent fault meets every attempt: the first may be lost before it reaches the object.
    ...(fault !== 'permanent' && { SIMULATE_FAULT_ATTEMPTS: String(attempts) }),
  };
}

/** Whether no attempt at this object can succeed. */
function isHopeless({ processor, processorFault }: Plan, key: string): boolean {
  return (
    processor === 'simulate' && processorFault?.fault === 'permanent' && key.includes(processorFault.key)
  );
}

function describe({ runs, faults, processor, processorFault }: Plan): string {
  const lines = runs.map(
    ({ objects, prefix: _, ...run }) => `  a run over ${objects.length} objects: ${JSON.stringify(run)}`,
  );
  const fault = processorFault ? ` ${JSON.stringify(processorFault)}` : '';
  return [
    ...lines,
    `  processor ${processor}${fault}`,
    ...faults.map((one) => `  ${describeFault(one)}`),
  ].join('\n');
}

/**
 * The local Step Functions alone, in a process of its own, which `execute.ts` runs in as well: the real workflow, with functions that
 * answer at once. `openEngine` starts it.
 */
import '../../support/environment';
import '../../../scripts/cli/quiet';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CreateStateMachineCommand, DescribeMapRunCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import {
  BUCKET,
  createActivity,
  ROLE,
  type StatesServer,
  start,
  startServer,
} from '../../local/services/states/server';
import { definitionOf } from '../../support/definition';
import { cpuOfThisProcess } from './cpu';
import type { MapRequest, MapResult } from './open-engine';

const MANIFEST = 'manifests/keys.jsonl';
/** Lines of the manifest that are written at a time. */
const LINES_AT_ONCE = 10_000;
const FLEET = { needed: 1, desired: 1, running: 1, ready: true, reason: '', next_call_seconds: 1 };

async function main(): Promise<void> {
  let ended: (status: string) => void = () => {};
  const server = await startServer({
    functions: {
      provisioner: () => FLEET,
      selector: () => ({ selected: 1, done: true, manifest: { Key: MANIFEST } }),
    },
    publish: ({ detail }) => ended((detail as { status: string }).status),
  });
  const activity = await createActivity(server);
  const definition = definitionOf({ BATCH_SLOTS_PER_WORKER: '1' }, { ActivityArn: activity, Bucket: BUCKET });
  const machine = await server.sfn.send(
    new CreateStateMachineCommand({
      name: 'workflow',
      definition: JSON.stringify(definition),
      roleArn: ROLE,
    }),
  );
  process.on('message', async ({ keys, batchSize, pollers }: MapRequest) => {
    await writeManifest(join(server.folder, MANIFEST), keys);
    const end = new Promise<void>((resolve) => {
      ended = (status) => {
        if (status !== 'RUNNING') resolve();
      };
    });
    const before = cpuOfThisProcess();
    const input = { worker_count: pollers, manifest: { Key: MANIFEST }, batch_size: batchSize };
    const execution = await start(server, machine.stateMachineArn ?? '', input);
    await end;
    const cpuSeconds = cpuOfThisProcess() - before;
    const result: MapResult = { ...(await describeMap(server, execution)), cpuSeconds };
    process.send?.(result);
  });
  process.once('disconnect', async () => {
    await server.close();
  });
  const { endpoint, credentials } = server;
  process.send?.({ endpoint, credentials, activity });
}

async function describeMap(
  { sfn }: StatesServer,
  executionArn: string,
): Promise<Omit<MapResult, 'cpuSeconds'>> {
  const { mapRuns: [{ mapRunArn } = {}] = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  const run = await sfn.send(new DescribeMapRunCommand({ mapRunArn }));
  return {
    succeeded: run.itemCounts?.succeeded ?? 0,
    seconds: (Number(run.stopDate) - Number(run.startDate)) / 1000,
    peakMebibytes: process.resourceUsage().maxRSS / 1024,
  };
}

async function writeManifest(path: string, keys: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  for (let first = 0; first < keys; first += LINES_AT_ONCE) {
    const lines = Array.from({ length: Math.min(LINES_AT_ONCE, keys - first) }, (_, index) =>
      JSON.stringify({ Key: `data/${String(first + index).padStart(8, '0')}.txt` }),
    );
    await file.write(`${lines.join('\n')}\n`);
  }
  await file.close();
}

void main();

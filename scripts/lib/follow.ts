/** Follows an execution to its end. */
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  DescribeMapRunCommand,
  type MapRunItemCounts,
} from '@aws-sdk/client-sfn';
import { findMapRun } from './map-run';
import type { Target } from './target';

export interface Snapshot {
  phase: 'provisioning' | 'processing' | 'deprovisioning';
  /** Worker tasks in state RUNNING, of all executions on the fleet. */
  workersRunning: number;
  /** Objects read from the source so far, done and failed, as the Map Run counts them. */
  total: number;
  done: number;
  failed: number;
  /** Seconds since the Map Run began. */
  processingSeconds: number;
}

const PERIOD_MILLISECONDS = { local: 250, aws: 3_000 };

/** Reports a snapshot every quarter of a second (local) or three seconds (AWS). Throws when aborted. */
export async function follow(
  target: Target,
  executionArn: string,
  onSnapshot: (snapshot: Snapshot) => void,
  signal: AbortSignal,
): Promise<DescribeExecutionCommandOutput> {
  const { sfn } = target.clients;
  let mapRunArn: string | undefined;
  for (;;) {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }), { abortSignal: signal });
    if (execution.status !== 'RUNNING') return execution;
    mapRunArn ??= await findMapRun(target, executionArn);
    onSnapshot(mapRunArn ? await readMapRun(target, mapRunArn) : await readProvisioning(target));
    await delay(PERIOD_MILLISECONDS[target.kind], undefined, { signal });
  }
}

async function readProvisioning(target: Target): Promise<Snapshot> {
  const workersRunning = await countWorkers(target);
  return { phase: 'provisioning', workersRunning, total: 0, done: 0, failed: 0, processingSeconds: 0 };
}

async function readMapRun(target: Target, mapRunArn: string): Promise<Snapshot> {
  const mapRun = await target.clients.sfn.send(new DescribeMapRunCommand({ mapRunArn }));
  const counts = mapRun.itemCounts as MapRunItemCounts;
  const end = mapRun.stopDate ?? new Date();
  return {
    phase: mapRun.status === 'RUNNING' ? 'processing' : 'deprovisioning',
    workersRunning: await countWorkers(target),
    total: counts.total ?? 0,
    done: (counts.succeeded ?? 0) + (counts.failed ?? 0),
    failed: counts.failed ?? 0,
    processingSeconds: (end.getTime() - (mapRun.startDate ?? end).getTime()) / 1000,
  };
}

async function countWorkers({ clients, deployment }: Target): Promise<number> {
  const { clusterName, serviceName } = deployment;
  const answer = await clients.ecs.send(
    new DescribeServicesCommand({ cluster: clusterName, services: [serviceName] }),
  );
  return answer.services?.[0]?.runningCount ?? 0;
}

/**
 * Makes the fleet what the running executions need. Level-triggered and idempotent: it reads what is, decides what should
 * be, sets that, and keeps nothing. Calling it twice, late, or from two executions at once does no harm.
 */
import { setTimeout } from 'node:timers/promises';
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { FleetStatus, ProvisionerEvent, StuckInstance } from '../contract';
import type { PROVISIONING_ERRORS } from '../errors';
import { log } from '../log';
import { type Demand, demandOf } from './demand';
import { readDraining } from './draining';
import type { ExecutionReader } from './executions';
import { type ExecutionToStop, executionsToStop, mayHaveToStop } from './executions-to-stop';
import { fleetStatus, type Pass, shortage } from './fleet-status';
import { describeGroup, readGroup, readLaunchFailure, resizeGroup } from './group';
import { readLastLines } from './last-lines';
import { secondsToNextCall } from './pace';
import { ProvisioningError } from './provisioning-error';
import { secondsToReady, workersToRead } from './readiness';
import { countRunning, readRunning, readStopped, type ServiceName } from './service';
import type { Settings } from './settings';
import { capacityLimit, desiredCapacity, type Sizing } from './sizing';
import { readTerminating } from './terminating';
import { idleInstances, stuckInstances } from './waste';

export interface Clients {
  sfn: SFNClient;
  autoScaling: AutoScalingClient;
  ecs: ECSClient;
  logs: CloudWatchLogsClient;
}

interface ReconcilePass extends Pass {
  demand: Demand;
}

/** A reconcile that has set a size checks it in another pass: it makes at most this many passes. */
const MAX_PASSES = 5;

const CANNOT_START: (typeof PROVISIONING_ERRORS)[number] = 'WorkersCannotStart';

/** Throws a ProvisioningError if the execution of a `provision` event cannot get workers. */
export async function reconcile(
  event: ProvisionerEvent,
  clients: Clients,
  reader: ExecutionReader,
  settings: Settings,
): Promise<FleetStatus> {
  const { autoScaling, ecs } = clients;
  const service = { cluster: settings.CLUSTER_NAME, service: settings.SERVICE_NAME };
  // An execution that waits counts the workers that have come meanwhile; otherwise those count that the group as it was had.
  const before = event.action === 'provision' ? undefined : await countRunning(ecs, service);
  const { first, last } = await resize(event, clients, reader, settings);
  const running = before ?? (await countRunning(ecs, service));
  const fleet = fleetStatus(event, first, last, running);
  if (fleet.in_service < fleet.needed) {
    const limit = capacityLimit(last.group.maximum, settings.MAX_WORKERS);
    const launchFailure = await readLaunchFailure(autoScaling, settings.AUTO_SCALING_GROUP_NAME);
    fleet.reason = shortage(fleet, limit, launchFailure);
  }

  if (event.action === 'provision') {
    const startedAt = new Date(event.started_at);
    const { complete, executions } = last.demand;
    fleet.ready = complete && (await decideReadiness(clients, service, fleet, startedAt, settings));
    fleet.next_call_seconds = secondsToNextCall(executions.length, settings);
  }
  if (event.action !== 'reconcile') return fleet;
  const { executions } = last.demand;
  if (mayHaveToStop(executions, fleet)) {
    const stopped = await readStopped(ecs, service);
    const toStop = executionsToStop(executions, stopped, settings.PROVISION_TIMEOUT_SECONDS, new Date());
    for (const execution of toStop) await stop(clients, execution, settings);
  }
  const idle = idleInstances(first.demand, first.group.inService, running);
  return { ...fleet, idle, stuck: await findStuck(clients, settings) };
}

async function findStuck({ autoScaling, ecs }: Clients, settings: Settings): Promise<StuckInstance[]> {
  const { AUTO_SCALING_GROUP_NAME, CLUSTER_NAME, STOP_TIMEOUT_SECONDS } = settings;
  const { Instances: instances = [] } = (await describeGroup(autoScaling, AUTO_SCALING_GROUP_NAME)) ?? {};
  const ending = [
    ...(await readTerminating(autoScaling, AUTO_SCALING_GROUP_NAME, instances)),
    ...(await readDraining(ecs, CLUSTER_NAME, instances)),
  ];
  const stuck = stuckInstances(ending, STOP_TIMEOUT_SECONDS, new Date());
  if (stuck.length > 0) log.warn('Instances do not end', { instances: stuck });
  return stuck;
}

/** Makes passes until one finds the group as it must be. So the reconcile that sets the size last has seen what the others saw. */
async function resize(
  event: ProvisionerEvent,
  clients: Clients,
  reader: ExecutionReader,
  settings: Settings,
): Promise<{ first: ReconcilePass; last: ReconcilePass }> {
  const now = Date.now();
  const pass = (previous?: Sizing['previous']) => makePass(event, clients, reader, settings, now, previous);
  const first = await pass();
  let last = first;
  for (let passes = 1; last.desired !== last.group.desired && passes < MAX_PASSES; passes++) {
    last = await pass({ ...last.demand, given: Math.max(0, last.desired - last.group.desired) });
  }
  return { first, last };
}

/** `since`: the start of the reconcile, in milliseconds since the epoch. */
async function makePass(
  event: ProvisionerEvent,
  { autoScaling }: Clients,
  reader: ExecutionReader,
  settings: Settings,
  since: number,
  previous?: Sizing['previous'],
): Promise<ReconcilePass> {
  const { AUTO_SCALING_GROUP_NAME, MAX_WORKERS: maxWorkers } = settings;
  const executionArn =
    event.action === 'provision' || event.action === 'resume' ? event.execution_arn : undefined;
  const read = async (describedSince: number): Promise<ReconcilePass> => {
    const demand = demandOf(await reader.read({ executionArn, describedSince }), event);
    const group = await readGroup(autoScaling, AUTO_SCALING_GROUP_NAME);
    return { demand, group, desired: desiredCapacity({ event, demand, group, maxWorkers, previous }) };
  };
  const waits = event.action === 'provision';
  // The workflow takes away no more than its execution had. The guard, at the event of the end, then describes all others.
  const leaves = event.action === 'deprovision' && event.worker_count !== undefined;
  const mayBeOlder = waits || (leaves && !previous);
  // Those that a pass has counted may have ended before it has set the size.
  const anew = previous ? Date.now() : since;
  let pass = await read(mayBeOlder ? 0 : anew);
  // An execution that waits asks again and again, and mostly nothing is to be changed: what was known before says so. But an
  // execution that has ended meanwhile must not bring its workers back.
  if (waits && pass.desired !== pass.group.desired) pass = await read(since);
  const { demand, group, desired } = pass;
  if (desired !== group.desired) {
    await resizeGroup(autoScaling, AUTO_SCALING_GROUP_NAME, desired);
    log.info('Fleet resized', { from: group.desired, to: desired, demand, event });
  }
  return pass;
}

/** A call waits at most this long until a worker counts as one that stays: the next call comes later. */
const MAX_WAIT_SECONDS = 1;

async function decideReadiness(
  clients: Clients,
  service: ServiceName,
  fleet: FleetStatus,
  startedAt: Date,
  settings: Settings,
): Promise<boolean> {
  const seconds = await readSecondsToReady(clients, service, fleet, startedAt, settings);
  if (seconds === 0 || seconds > MAX_WAIT_SECONDS) return seconds === 0;
  await setTimeout(seconds * 1000);
  return (await readSecondsToReady(clients, service, fleet, startedAt, settings)) === 0;
}

/** As `secondsToReady`. */
async function readSecondsToReady(
  { ecs, logs }: Clients,
  service: ServiceName,
  fleet: FleetStatus,
  startedAt: Date,
  settings: Settings,
): Promise<number> {
  const now = new Date();
  const read = workersToRead(fleet, startedAt, now, settings);
  const running = read.running ? await readRunning(ecs, service) : [];
  const stopped = read.stopped ? await readStopped(ecs, service) : [];
  try {
    return secondsToReady({ fleet, running, stopped }, startedAt, now, settings);
  } catch (error) {
    if (!(error instanceof ProvisioningError)) throw error;
    const { name, message, taskArn } = error;
    throw new ProvisioningError(name, await withLastLines(logs, message, taskArn, settings));
  }
}

/** The reason with what the worker's task wrote last, a line each. */
async function withLastLines(
  logs: CloudWatchLogsClient,
  reason: string,
  taskArn: string | undefined,
  settings: Settings,
): Promise<string> {
  const lines = taskArn ? await readLastLines(logs, settings.WORKER_LOG_GROUP, taskArn) : [];
  return lines.length > 0 ? [`${reason}. The worker wrote:`, ...lines].join('\n') : reason;
}

async function stop(
  { sfn, logs }: Clients,
  { executionArn, cause: reason, taskArn }: ExecutionToStop,
  settings: Settings,
): Promise<void> {
  const cause = await withLastLines(logs, reason, taskArn, settings);
  log.error('Execution stopped', { execution_arn: executionArn, error: CANNOT_START, cause });
  await sfn.send(new StopExecutionCommand({ executionArn, error: CANNOT_START, cause }));
}

/** How long a run takes and what it costs, by the number of its workers: pure. */

import { type Cost, costOf } from '../../runtime/cost/cost';
import type { Prices } from '../../runtime/cost/prices';
import { DRAIN_SECONDS, type FleetFacts } from '../../runtime/cost/usage';
import { ALMOST_DONE_SECONDS, SLOT_CONNECTIONS, TASKS_PER_SLOT } from '../../runtime/slot-limits';

/** What a plan knows of a run. */
export interface PlanBasis {
  /** Objects to process, and their bytes. */
  objects: number;
  bytes: number;
  /** Seconds in which the slot's processor has one object. */
  processorSeconds: number;
  /** Seconds in which an object waits for S3, before and after. The slot has others meanwhile. */
  storageSeconds: number;
  /** Outputs of an object, and their bytes. */
  outputsPerObject: number;
  outputBytesPerObject: number;
  /** Objects per task that the user asked for. Default: those that suit the workers. */
  batchSize?: number;
  fleet: FleetFacts;
}

export interface Estimate {
  workers: number;
  slots: number;
  batchSize: number;
  /** From the start of the execution to its end. */
  seconds: number;
  onDemand: Cost;
  spot: Cost;
}

/** From the request to a worker that runs: the instance boots, joins the cluster and pulls the image. */
const BOOT_SECONDS = 90;
/** Until the state machine has counted and the fleet scales in. */
const END_SECONDS = 10;
/** Between two tasks: the report, and the next task from Step Functions. */
const SECONDS_BETWEEN_TASKS = 0.1;

/** A task of this length makes the time between tasks small, and is quickly repeated after an interruption. */
const TASK_SECONDS = 20;
/** With fewer tasks for each slot, some slots wait for others at the end. */
const MIN_TASKS_OF_SLOT = 4;
/** Results of this many objects fit into the 256 KiB of a task's output. */
const MAX_BATCH = 500;
/** A Map Run has at most this many children at a time: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_CHILDREN = 10_000;

export function estimate(basis: PlanBasis, workers: number, prices: Prices): Estimate {
  const { objects, fleet, outputsPerObject, outputBytesPerObject } = basis;
  const slots = workers * fleet.slotsPerWorker;
  const batchSize = basis.batchSize ?? suitableBatch(basis, slots);
  const tasks = Math.ceil(objects / batchSize);
  const seconds = BOOT_SECONDS + processingSeconds(basis, slots, batchSize) + END_SECONDS;
  const work = {
    workers,
    workerSeconds: workers * (seconds + DRAIN_SECONDS),
    attempts: tasks,
    objects,
    outputs: Math.round(objects * outputsPerObject),
    outputBytes: objects * outputBytesPerObject,
  };
  const cost = (spot: boolean) => costOf(work, { ...fleet, spot }, prices);
  return { workers, slots, batchSize, seconds, onDemand: cost(false), spot: cost(true) };
}

/** Seconds that a slot needs for each of many objects: those of the processor or, if they are more, those of its connections to S3. */
export function slotSeconds({ processorSeconds, storageSeconds, fleet }: PlanBasis): number {
  const { objectsInFlight = 1 } = fleet;
  const waiting = storageSeconds / Math.min(objectsInFlight, SLOT_CONNECTIONS);
  return objectsInFlight > 1 ? Math.max(processorSeconds, waiting) : processorSeconds + waiting;
}

/** Seconds of a task whose slot has no other one: the slot reads the first object and writes the last one while it processes nothing. */
function secondsAlone(basis: PlanBasis, objects: number): number {
  return objects * slotSeconds(basis) + basis.storageSeconds + SECONDS_BETWEEN_TASKS;
}

/** Seconds of a task whose slot has many. If objects are short, the slot processes the next task in the time between two. */
function secondsOfTask(basis: PlanBasis, objects: number): number {
  const alone = secondsAlone(basis, objects);
  if (basis.processorSeconds > ALMOST_DONE_SECONDS) return alone;
  return Math.max(objects * slotSeconds(basis), alone / TASKS_PER_SLOT);
}

/** Without boot and end. In waves: when the last slot begins with its last task, others may have none. */
export function processingSeconds(basis: PlanBasis, slots: number, batchSize: number): number {
  const { objects } = basis;
  if (objects === 0) return 0;
  const tasks = Math.ceil(objects / batchSize);
  const ofTask = Math.min(batchSize, objects);
  const waves = Math.ceil(tasks / Math.min(slots, MAX_CHILDREN));
  // A run takes at least as long as one task, however many slots there are.
  return Math.max(waves * secondsOfTask(basis, ofTask), secondsAlone(basis, ofTask));
}

/**
 * Chooses among the sizes that give each slot enough tasks: the one with the shortest last wave. Of several it takes the largest, which
 * has the fewest tasks.
 */
function suitableBatch(basis: PlanBasis, slots: number): number {
  const long = Math.round(TASK_SECONDS / Math.max(slotSeconds(basis), 0.001));
  const maximum = Math.max(1, Math.min(long, MAX_BATCH));
  const seconds = (batch: number) => processingSeconds(basis, slots, batch);
  return Array.from({ length: MIN_TASKS_OF_SLOT + 1 }, (_, more) => {
    const even = Math.ceil(basis.objects / (slots * (MIN_TASKS_OF_SLOT + more)));
    return Math.max(1, Math.min(even, maximum));
  }).reduce((best, batch) => (seconds(batch) < seconds(best) ? batch : best));
}

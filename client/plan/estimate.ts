/** How long a run takes and what it costs, by the number of its workers: pure. */
import { ALMOST_DONE_SECONDS, TASKS_PER_SLOT } from '../../runtime/contract';
import { type Cost, costOf } from '../../runtime/cost/cost';
import type { Prices } from '../../runtime/cost/prices';
import { DRAIN_SECONDS, type FleetFacts } from '../../runtime/cost/usage';

/** What a plan knows of a run. */
export interface PlanBasis {
  /** Objects to process, and their bytes. */
  objects: number;
  bytes: number;
  /** Seconds of a slot for one object. */
  secondsPerObject: number;
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
/** Until the state machine has counted and the fleet is told to go. */
const END_SECONDS = 10;
/** Between two tasks: the report, and the next task from Step Functions. */
const SECONDS_BETWEEN_TASKS = 0.1;

/** A task of this length makes the time between tasks small, and is quickly repeated after an interruption. */
const TASK_SECONDS = 20;
/** Fewer tasks for each slot, and some slots wait for others at the end. */
const MIN_TASKS_OF_SLOT = 4;
/** Results of so many objects fit into the 256 KiB of a task's output. */
const MAX_BATCH = 500;
/** A Map Run has at most so many children at a time: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_CHILDREN = 10_000;

export function estimate(basis: PlanBasis, workers: number, prices: Prices): Estimate {
  const { objects, fleet, secondsPerObject, outputsPerObject, outputBytesPerObject } = basis;
  const slots = workers * fleet.slotsPerWorker;
  const batchSize = basis.batchSize ?? suitableBatch(basis, slots);
  const tasks = Math.ceil(objects / batchSize);
  const busy = Math.min(slots, tasks, MAX_CHILDREN);
  // However many slots there are, one task takes its time.
  const longest = Math.min(batchSize, objects) * secondsPerObject + SECONDS_BETWEEN_TASKS;
  const total = tasks * secondsOfTask(objects / tasks, secondsPerObject);
  const processing = busy > 0 ? Math.max(total / busy, longest) : 0;
  const seconds = BOOT_SECONDS + processing + END_SECONDS;
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

/** Of a slot. Where objects are short, it processes the next task while it is between two. */
function secondsOfTask(objects: number, secondsPerObject: number): number {
  const seconds = objects * secondsPerObject;
  if (secondsPerObject > ALMOST_DONE_SECONDS) return seconds + SECONDS_BETWEEN_TASKS;
  return Math.max(seconds, (seconds + SECONDS_BETWEEN_TASKS) / TASKS_PER_SLOT);
}

function suitableBatch({ objects, secondsPerObject }: PlanBasis, slots: number): number {
  const long = Math.round(TASK_SECONDS / Math.max(secondsPerObject, 0.001));
  const even = Math.floor(objects / (slots * MIN_TASKS_OF_SLOT));
  return Math.max(1, Math.min(long, even, MAX_BATCH));
}

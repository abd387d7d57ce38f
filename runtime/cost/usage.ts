/** The amounts that AWS bills for an execution: a pure estimate. cost.ts computes their cost. */

/** The instances of a deployment, as its stack makes them. */
export interface Instances {
  /** `m6i.large`: of several types, the preferred one. */
  instanceType: string;
  spot: boolean;
  /** GiB of the root disk. */
  diskGiB: number;
  /** Whether each has a public IPv4 address. */
  publicIp: boolean;
}

/** And how many there may be, with how many slots each: the stack's output `fleet_facts`. */
export interface FleetFacts extends Instances {
  slotsPerWorker: number;
  /** That a slot reads, processes or writes at a time. Default: 1; deployments of earlier versions do not say it. */
  objectsInFlight?: number;
  maxWorkers: number;
}

/** An execution: as it was, or as it is expected to be. */
export interface Work {
  /** Seconds from launch to end of all instances together: 10 instances for a minute are 600. */
  workers: number;
  workerSeconds: number;
  /** Attempts at tasks: each retry is one more. */
  attempts: number;
  /** Objects that were processed, that failed, or whose outputs were up to date. */
  objects: number;
  /** The part of them whose outputs were up to date. Default 0. */
  skipped?: number;
  /** Outputs that were written, and their bytes. Default: one of up to 5 MiB for each object that was processed. */
  outputs?: number;
  outputBytes?: number;
}

/** Amounts of what AWS bills, each in the unit in which prices are given. */
export interface Usage {
  instanceHours: number;
  /** GiB × months. */
  diskMonths: number;
  ipv4Hours: number;
  stateTransitions: number;
  /** GET and HEAD; PUT, POST and LIST. */
  s3Reads: number;
  s3Writes: number;
  logGigabytes: number;
  /** Custom metrics × months. */
  metricMonths: number;
  lambdaCalls: number;
  lambdaGbSeconds: number;
}

const HOUR_SECONDS = 3600;
/** AWS reckons a month as 730 hours: https://aws.amazon.com/calculator/calculator-assumptions/ */
const MONTH_HOURS = 730;
/** EC2 bills at least a minute: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html */
const MIN_BILLED_SECONDS = 60;

/** From the end of an execution to that of its instances: ECS drains them first. They are billed meanwhile. */
export const DRAIN_SECONDS = 60;

/** The start of a child execution, and its task: https://aws.amazon.com/step-functions/pricing/ */
const TRANSITIONS_PER_ATTEMPT = 2;
/** Transitions of the workflow itself: it asks for its workers every few seconds, and each time passes three states. */
const TRANSITIONS_PER_EXECUTION = 200;

/** For an object that nobody has processed yet: a look whether its output exists, and the object itself. */
const READS_PER_OBJECT = 2;
/** A listing has 1,000 keys a page. */
const KEYS_PER_LIST = 1000;
/** Larger outputs are written in parts of this size: runtime/worker/slot/outputs/part-size.ts. */
const PART_BYTES = 5 * 2 ** 20;

/** Bytes of log lines with keys of usual length. */
const LOG_BYTES_PER_OBJECT = 600;
const LOG_BYTES_PER_ATTEMPT = 500;
/** WORKER_METRICS, all workers' together; CloudWatch bills a metric by the hour in which it has values. */
const METRICS = 7;

/** Calls of the provisioner, of a second each, with 256 MB. */
const LAMBDA_CALLS = 100;
const LAMBDA_GB = 0.25;

export function usageOf(work: Work, { diskGiB, publicIp }: Instances): Usage {
  const { workers, workerSeconds, attempts, objects, skipped = 0 } = work;
  const { outputs = objects - skipped, outputBytes = 0 } = work;
  const instanceHours = Math.max(workerSeconds, workers * MIN_BILLED_SECONDS) / HOUR_SECONDS;
  const runHours = workers > 0 ? Math.ceil(instanceHours / workers) : 0;
  return {
    instanceHours,
    diskMonths: (diskGiB * instanceHours) / MONTH_HOURS,
    ipv4Hours: publicIp ? instanceHours : 0,
    stateTransitions: TRANSITIONS_PER_ATTEMPT * attempts + TRANSITIONS_PER_EXECUTION,
    s3Reads: READS_PER_OBJECT * objects,
    s3Writes: writesOf(outputs, outputBytes) + Math.ceil(objects / KEYS_PER_LIST),
    logGigabytes: (LOG_BYTES_PER_OBJECT * objects + LOG_BYTES_PER_ATTEMPT * attempts) / 1e9,
    metricMonths: (METRICS * runHours) / MONTH_HOURS,
    lambdaCalls: LAMBDA_CALLS,
    lambdaGbSeconds: LAMBDA_CALLS * LAMBDA_GB,
  };
}

/** An output in parts has a request that begins it and one that completes it, besides one for each part. */
function writesOf(outputs: number, bytes: number): number {
  return bytes > outputs * PART_BYTES ? 2 * outputs + Math.ceil(bytes / PART_BYTES) : outputs;
}

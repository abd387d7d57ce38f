/** The worker's configuration: the environment that the task definition gives its container. */
import { totalmem } from 'node:os';
import * as z from 'zod';
import { describeIssues } from '../issues';

const seconds = z.coerce.number().positive();

/** Node.js, the SDK and a small processor take some 40 MiB. */
const MIN_SLOT_MEMORY_MIB = 128;
const MAX_DEFAULT_SLOT_MEMORY_MIB = 2048;

const Environment = z.object({
  /** The activity to poll. */
  ACTIVITY_ARN: z.string().min(1),
  /** Objects that are processed at a time, each in a process of its own. */
  WORKER_SLOTS: z.coerce.number().int().min(1).max(256),
  /** Names of the variables that the deployment gives to processors, separated by commas: a slot reads it. */
  PROCESSOR_VARIABLES: z.string().default(''),
  /** Names of the variables that hold secrets, separated by commas: logs and errors do not show their values. */
  SECRET_VARIABLES: z.string().default(''),
  /** How buckets are reached, by name, as JSON: BucketAccesses, which a slot reads. */
  BUCKET_ACCESSES: z.string().default('{}'),
  /** Seconds without a heartbeat after which Step Functions gives a task to another worker. */
  HEARTBEAT_TIMEOUT_SECONDS: seconds,
  /** Seconds that an object may take. */
  OBJECT_TIMEOUT_SECONDS: seconds,
  /** Seconds between SIGTERM and SIGKILL. */
  STOP_TIMEOUT_SECONDS: seconds,
  /** Objects in a slot at a time: one in the processor's hands, the others are read ahead or written behind. */
  SLOT_OBJECTS_IN_FLIGHT: z.coerce.number().int().min(1),
  /** Memory of one slot, MiB. Default: the slot's share of three quarters of the memory, 128 to 2048. */
  SLOT_MEMORY_MIB: z.coerce.number().int().min(MIN_SLOT_MEMORY_MIB).optional(),
});

export type WorkerVariable = keyof z.infer<typeof Environment>;

/** Every variable that the worker reads its settings from. */
export const WORKER_VARIABLES = Object.keys(Environment.shape) as WorkerVariable[];

export interface Settings {
  activityArn: string;
  slots: number;
  /** Objects in a slot at a time: one in the processor's hands, the others are read ahead or written behind. */
  objectsInFlight: number;
  /** Seconds between two heartbeats of a task in hand: two may be lost before the task is taken away. */
  heartbeatIntervalSeconds: number;
  /** Seconds that an object may take: then the process of its slot is ended. */
  deadlineSeconds: number;
  /** Seconds that tasks in hand may go on, and open polls may end, after SIGTERM; what is left of the stop timeout is for handing back. */
  graceSeconds: number;
  /** Memory that the process of a slot, and what it starts, may hold, MiB: beyond it they end, and not the worker. */
  slotMemoryMiB: number;
}

/** Throws an Error that names every missing or bad variable. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) throw new Error(`Bad environment: ${describeIssues(parsed.error)}`);
  const env = parsed.data;
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return {
    activityArn: env.ACTIVITY_ARN,
    slots: env.WORKER_SLOTS,
    objectsInFlight: env.SLOT_OBJECTS_IN_FLIGHT,
    heartbeatIntervalSeconds: env.HEARTBEAT_TIMEOUT_SECONDS / 3,
    deadlineSeconds: env.OBJECT_TIMEOUT_SECONDS,
    graceSeconds: env.STOP_TIMEOUT_SECONDS * 0.75,
    slotMemoryMiB: env.SLOT_MEMORY_MIB ?? shareOf(memory / 2 ** 20, env.WORKER_SLOTS),
  };
}

/** The rest of the memory, a quarter, is the worker's own and the system's. */
function shareOf(mebibytes: number, slots: number): number {
  const share = Math.floor((mebibytes * 0.75) / slots);
  return Math.min(MAX_DEFAULT_SLOT_MEMORY_MIB, Math.max(MIN_SLOT_MEMORY_MIB, share));
}

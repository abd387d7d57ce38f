/** The worker's configuration: the environment that the task definition gives its container. */
import { totalmem } from 'node:os';
import { z } from 'zod';
import { describeIssues } from '../issues';
import { type ProcessorName, processors } from './processors';

const seconds = z.coerce.number().positive();

const Environment = z.object({
  /** The activity to poll. */
  ACTIVITY_ARN: z.string().min(1),
  /** Tasks in hand at a time, each in a thread of its own. */
  WORKER_SLOTS: z.coerce.number().int().min(1).max(256),
  /** The most polls in flight: free slots beyond it wait for a poll to end. Default: WORKER_SLOTS. */
  WORKER_POLLS: z.coerce.number().int().min(1).optional(),
  PROCESSOR: z.enum(Object.keys(processors) as [ProcessorName, ...ProcessorName[]]),
  /** Seconds without a heartbeat after which Step Functions gives a task to another worker. */
  HEARTBEAT_TIMEOUT_SECONDS: seconds,
  /** Seconds that a task may take. */
  TASK_TIMEOUT_SECONDS: seconds,
  /** Seconds between SIGTERM and SIGKILL. */
  STOP_TIMEOUT_SECONDS: seconds,
  /** Heap of one processing thread, MiB. Default: the slots' share of three quarters of the memory, at most 2048. */
  THREAD_MEMORY_MIB: z.coerce.number().int().min(16).optional(),
});

export type WorkerVariable = keyof z.infer<typeof Environment>;

/** Every variable that the worker reads its settings from. */
export const WORKER_VARIABLES = Object.keys(Environment.shape) as WorkerVariable[];

export interface Settings {
  activityArn: string;
  slots: number;
  polls: number;
  processor: ProcessorName;
  /** Seconds between two heartbeats of a task in hand: two may be lost before the task is taken away. */
  heartbeatIntervalSeconds: number;
  /** A task that has not ended by then is ended here, by name, before its timeout. */
  deadlineSeconds: number;
  /** Seconds that tasks in hand may go on after SIGTERM; what is left of the stop timeout is for handing back. */
  graceSeconds: number;
  /** Heap of one processing thread, MiB: beyond it the thread ends, and not the worker. */
  threadMemoryMiB: number;
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
    polls: env.WORKER_POLLS ?? env.WORKER_SLOTS,
    processor: env.PROCESSOR,
    heartbeatIntervalSeconds: env.HEARTBEAT_TIMEOUT_SECONDS / 3,
    deadlineSeconds: env.TASK_TIMEOUT_SECONDS * 0.95,
    graceSeconds: env.STOP_TIMEOUT_SECONDS * 0.75,
    threadMemoryMiB:
      env.THREAD_MEMORY_MIB ?? Math.min(2048, Math.floor((memory / 2 ** 20) * (0.75 / env.WORKER_SLOTS))),
  };
}

/** The provisioner's configuration: the function's environment. */
import * as z from 'zod';

const Environment = z.object({
  STATE_MACHINE_ARN: z.string().min(1),
  AUTO_SCALING_GROUP_NAME: z.string().min(1),
  CLUSTER_NAME: z.string().min(1),
  SERVICE_NAME: z.string().min(1),
  /** Log group of the workers. */
  WORKER_LOG_GROUP: z.string().min(1),
  /** Most workers that all executions together may have. */
  MAX_WORKERS: z.coerce.number().int().min(1),
  /** Seconds from an execution's start within which its first worker must run, and for which later ones may fail to start. */
  PROVISION_TIMEOUT_SECONDS: z.coerce.number().positive(),
  /** Seconds between SIGTERM and SIGKILL of a worker. */
  STOP_TIMEOUT_SECONDS: z.coerce.number().positive(),
  /** Seconds between two `provision` events of an execution that waits for its first worker. */
  PROVISION_POLL_SECONDS: z.coerce.number().positive(),
});

export type Settings = z.infer<typeof Environment>;

/** Throws a ZodError that names every missing or bad variable. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return Environment.parse(environment);
}

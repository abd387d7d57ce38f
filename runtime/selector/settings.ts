/** The selector's configuration: the function's environment. */
import * as z from 'zod';

const Environment = z.object({
  /** The deployment's bucket: of manifests. */
  BUCKET: z.string().min(1),
  /** How the other buckets are reached, by name: BucketAccesses as JSON. */
  BUCKET_ACCESSES: z.string().default('{}'),
  /** Hash of the environment that the deployment gives to processors, as provenance has it; empty if it gives none. */
  PROCESSOR_ENVIRONMENT_HASH: z.string().default(''),
});

export type Settings = z.infer<typeof Environment>;

/** Throws a ZodError that names every missing or bad variable. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return Environment.parse(environment);
}

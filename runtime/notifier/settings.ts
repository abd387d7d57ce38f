/** The notifier's configuration: the function's environment. */
import * as z from 'zod';
import type { Instances } from '../cost/usage';

const Environment = z.object({
  /** The topic that gets the messages. */
  TOPIC_ARN: z.string().min(1),
  /** Name of the deployment, for people. */
  DEPLOYMENT: z.string().min(1),
  /** Where results are, this + the name of the execution: `s3://<bucket>/results/`. */
  RESULTS_URL: z.string().min(1),
  /** Where the console shows an execution, this + its ARN. */
  CONSOLE_URL: z.string().min(1),
  /** Region of the instances, whose prices decide what an execution costs: `eu-west-1`. */
  AWS_REGION: z.string().min(1),
  /** The instances, as JSON. */
  INSTANCES: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(
      z.object({
        instanceType: z.string(),
        spot: z.boolean(),
        diskGiB: z.number(),
        publicIp: z.boolean(),
      }) satisfies z.ZodType<Instances>,
    ),
});

export type Settings = z.infer<typeof Environment>;

/** Throws a ZodError that names every missing or bad variable. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return Environment.parse(environment);
}

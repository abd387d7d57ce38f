/** Every setting of a deployment: what it means, its default, the environment variable that overrides it. */
import { z } from 'zod';
import type { Architecture } from './instance-types';

/** The values of the settings, before anything is derived from them. */
export interface Settings {
  /** AWS region. */
  region: string;
  /** Starts the name of everything that is made, and names the stack: several deployments can share an account. */
  namePrefix: string;
  /** EC2 instance types of the workers, the preferred first. Default: m6i.large, or m6g.large for arm64. */
  instanceTypes: string[] | undefined;
  /** Architecture of instances, their machine image and the worker's container image. */
  architecture: Architecture;
  /** Run the workers on Spot capacity, of whichever instance type is least likely to be interrupted. */
  spot: boolean;
  /** The most workers that the group may have, whatever executions ask for. */
  maxWorkers: number;
  /**
   * Tasks that one worker processes at a time, each in a thread of its own. Default: the vCPUs of the (smallest) instance
   * type, since a processor that computes keeps one busy; more where processors mostly wait.
   */
  slotsPerWorker: number | undefined;
  /**
   * Polls that one worker has in flight while slots are free. Default: one a slot, so that no slot waits for another's
   * poll; fewer where maxWorkers of them would pass the 1,000 pollers that an activity may have (a hard quota).
   * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
   */
  pollsPerWorker: number | undefined;
  /**
   * MiB of heap of one processing thread. Default: the slots' share of three quarters of the instance's memory, at most
   * 2048: the rest is for streams' buffers and the worker itself, and one greedy object cannot take the others' share.
   */
  threadMemoryMiB: number | undefined;
  /** What is done with an object: a name in runtime/worker/processors. */
  processor: string;
  /** Environment variables of the worker that the processor reads. Plain text in state and console: no secrets. */
  processorEnvironment: Record<string, string>;
  /** An existing bucket to work in, whose settings are left alone. Default: one is made. */
  bucket: string | undefined;
  /** ARN of the KMS key that `bucket` is encrypted with, if it is one of your own. Its policy must allow the stack's roles. */
  bucketKeyArn: string | undefined;
  /** Where in the bucket the objects to process are: workers may read nothing else. Default: the whole bucket. */
  readPrefixes: string[];
  /** Seconds that one task (up to `batch_size` objects) may take on a worker. */
  taskTimeoutSeconds: number;
  /** Seconds without a sign of life after which a task is taken from its worker. */
  heartbeatSeconds: number;
  /** Seconds that an execution may take in all. */
  executionTimeoutSeconds: number;
  /** Seconds within which the first worker must run; later, seconds for which workers may fail to start with none left. */
  provisionTimeoutSeconds: number;
  /** Seconds between two looks at the fleet while an execution waits for its first worker. */
  provisionPollSeconds: number;
  /** Seconds between SIGTERM and SIGKILL of a worker. ECS allows 120; a Spot interruption leaves no more. */
  stopTimeoutSeconds: number;
  /** Days that logs are kept. */
  logRetentionDays: number;
  /** GiB of the instances' root disk. */
  diskGiB: number;
  /** X-Ray traces of the state machine and the provisioner. */
  tracing: boolean;
  /** ARN of an SNS topic that alarms notify. Default: alarms only show in CloudWatch. */
  alarmTopicArn: string | undefined;
  /** Tags of everything that takes tags, beside `Project`. */
  tags: Record<string, string>;
  /** An S3 bucket for the Terraform state, locked natively (Terraform 1.11 or later). Default: a local file. */
  stateBucket: string | undefined;
  /** Region of `stateBucket`. Default: `region`. */
  stateRegion: string | undefined;
}

export type SettingName = keyof Settings;

interface Setting<Value> {
  variable: string;
  default: Value;
  schema: z.ZodType<Value>;
  /** What is allowed, for the error message. */
  allowed: string;
  /** The variable's text as a value for `schema`. */
  parse(text: string): unknown;
}

const asText = (text: string): unknown => text;
const asNumber = (text: string): unknown => (Number.isNaN(Number(text)) ? text : Number(text));
const asBoolean = (text: string): unknown => ({ true: true, false: false })[text] ?? text;
const asList = (text: string): unknown => text.split(',').map((item) => item.trim());
const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
];

/** Set by the stack or by ECS itself; a processor that overrode them would break its worker. */
const RESERVED_VARIABLES =
  /^(AWS_|ECS_|NODE_OPTIONS$|(ACTIVITY_ARN|WORKER_SLOTS|WORKER_POLLS|PROCESSOR|THREAD_MEMORY_MIB|HEARTBEAT_SECONDS|TASK_TIMEOUT_SECONDS|STOP_TIMEOUT_SECONDS)$)/;

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const BUCKET = /^(?=.{3,63}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])$/;

const integer = (variable: string, value: number, min: number, max: number): Setting<number> => ({
  variable,
  default: value,
  schema: z.number().int().min(min).max(max),
  allowed: `an integer, ${min} to ${max}`,
  parse: asNumber,
});

const flag = (variable: string): Setting<boolean> => ({
  variable,
  default: false,
  schema: z.boolean(),
  allowed: 'true or false',
  parse: asBoolean,
});

const text = <Default extends string | undefined>(
  variable: string,
  value: Default,
  pattern: RegExp,
  allowed: string,
): Setting<string | Default> => ({
  variable,
  default: value,
  schema: z.string().regex(pattern),
  allowed,
  parse: asText,
});

export const SETTINGS: { [Name in SettingName]: Setting<Settings[Name]> } = {
  region: text('BATCH_REGION', 'us-east-1', REGION, 'an AWS region such as eu-west-1'),
  // The longest name made from it is that of an IAM role: 64 characters.
  namePrefix: text(
    'BATCH_NAME_PREFIX',
    'batch-processor',
    // Capacity providers may not be named aws…, ecs… or fargate…, security groups not sg-….
    /^(?=.{1,30}$)(?!aws|ecs|fargate|sg-)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    'up to 30 lower-case letters, digits and single hyphens, a letter first, not aws…, ecs…, fargate… or sg-…',
  ),
  instanceTypes: {
    variable: 'BATCH_INSTANCE_TYPES',
    default: undefined,
    schema: z.array(z.string().regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/)).min(1),
    allowed: 'a list of EC2 instance types such as m6i.large,m5.large',
    parse: asList,
  },
  architecture: {
    variable: 'BATCH_ARCHITECTURE',
    default: 'x86_64',
    schema: z.enum(['x86_64', 'arm64']),
    allowed: 'x86_64 or arm64',
    parse: asText,
  },
  spot: flag('BATCH_SPOT'),
  maxWorkers: integer('BATCH_MAX_WORKERS', 100, 1, 5000),
  slotsPerWorker: { ...integer('BATCH_SLOTS_PER_WORKER', 1, 1, 256), default: undefined },
  pollsPerWorker: { ...integer('BATCH_POLLS_PER_WORKER', 1, 1, 256), default: undefined },
  threadMemoryMiB: { ...integer('BATCH_THREAD_MEMORY_MIB', 16, 16, 1_048_576), default: undefined },
  processor: text('BATCH_PROCESSOR', 'checksum', /./, 'the name of a processor'),
  processorEnvironment: {
    variable: 'BATCH_PROCESSOR_ENVIRONMENT',
    default: {},
    schema: z.record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .refine((name) => !RESERVED_VARIABLES.test(name)),
      z.string(),
    ),
    allowed:
      'a JSON object of strings such as {"SIMULATE_SECONDS":"2"}, without the names that the worker itself reads (AWS_…, PROCESSOR, …)',
    parse: asJson,
  },
  bucket: text('BATCH_BUCKET', undefined, BUCKET, 'the name of an existing S3 bucket'),
  bucketKeyArn: text(
    'BATCH_BUCKET_KEY_ARN',
    undefined,
    /^arn:[^:]+:kms:[^:]+:\d{12}:key\/[\w-]+$/,
    'the ARN of a KMS key',
  ),
  readPrefixes: {
    variable: 'BATCH_READ_PREFIXES',
    default: [''],
    schema: z.array(z.string().regex(/^[^*?$\s]*$/)).min(1),
    allowed: 'a list of prefixes such as data/,input/, without * ? $ and spaces',
    parse: asList,
  },
  taskTimeoutSeconds: integer('BATCH_TASK_TIMEOUT_SECONDS', 300, 2, 86_400),
  heartbeatSeconds: integer('BATCH_HEARTBEAT_SECONDS', 60, 1, 3600),
  executionTimeoutSeconds: integer('BATCH_EXECUTION_TIMEOUT_SECONDS', 86_400, 60, 31_536_000),
  provisionTimeoutSeconds: integer('BATCH_PROVISION_TIMEOUT_SECONDS', 600, 1, 3600),
  provisionPollSeconds: integer('BATCH_PROVISION_POLL_SECONDS', 2, 1, 60),
  stopTimeoutSeconds: integer('BATCH_STOP_TIMEOUT_SECONDS', 110, 2, 120),
  logRetentionDays: {
    variable: 'BATCH_LOG_RETENTION_DAYS',
    default: 30,
    schema: z.number().refine((days) => RETENTION_DAYS.includes(days)),
    allowed: `one of ${RETENTION_DAYS.join(', ')}`,
    parse: asNumber,
  },
  diskGiB: integer('BATCH_DISK_GIB', 30, 30, 16_384),
  tracing: flag('BATCH_TRACING'),
  alarmTopicArn: text(
    'BATCH_ALARM_TOPIC_ARN',
    undefined,
    /^arn:[^:]+:sns:[^:]+:\d{12}:[^:]+$/,
    'the ARN of an SNS topic',
  ),
  tags: {
    variable: 'BATCH_TAGS',
    default: {},
    schema: z.record(z.string().min(1).max(128), z.string().max(256)),
    allowed: 'a JSON object of strings such as {"team":"data"}',
    parse: asJson,
  },
  stateBucket: text('BATCH_STATE_BUCKET', undefined, BUCKET, 'the name of an existing S3 bucket'),
  stateRegion: text('BATCH_STATE_REGION', undefined, REGION, 'an AWS region such as eu-west-1'),
};

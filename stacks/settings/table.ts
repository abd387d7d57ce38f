/**
 * Every setting of a deployment, in one table. From it come the validation, the variables of the worker and the provisioner,
 * the options of scripts/deploy.ts, the names that a processor's variables may not have, the placeholders of asl/
 * (`maxWorkers` is `${MaxWorkers}` there) and the README's table.
 */
import * as z from 'zod';
import { OWN_FOLDER } from '../../bundles/processors/folder';
import { PROCESSOR_NAME } from '../../bundles/processors/names';
import { WORKER_VARIABLES } from '../../runtime/worker/settings';
import { NODE_ENVIRONMENT } from '../core/node-environment';
import { BUCKET_NAME, EXISTING_BUCKET, KEY_ARN, REGION_NAME } from './existing-bucket';
import { choice, flag, integer, list, numberOf, objects, path, record, text } from './kinds';
import type { GivenSchedule } from './schedule';
import type { PolicyStatement } from './worker-statements';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The length leaves a role's name its 64 characters. */
const REGION = {
  pattern: new RegExp(`^(?=.{1,18}$)${REGION_NAME}$`),
  allowed: 'an AWS region such as eu-west-1',
};
const BUCKET = {
  pattern: new RegExp(`^${BUCKET_NAME}$`),
  allowed: 'the name of an existing S3 bucket',
};
const KMS_KEYS = {
  pattern: new RegExp(`^${KEY_ARN}$`),
  allowed: 'a list of ARNs of KMS keys',
};

/** The stack or ECS sets these: a processor that overrode them would break its worker. */
const RESERVED = new Set([...WORKER_VARIABLES, ...Object.keys(NODE_ENVIRONMENT)]);
const isReserved = (name: string) => /^(AWS|ECS)_/.test(name) || RESERVED.has(name);
const PROCESSOR_VARIABLE = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
  .refine((name) => !isReserved(name));

export const SETTINGS = {
  region: text({
    variable: 'BATCH_REGION',
    default: 'us-east-1',
    ...REGION,
    description: 'AWS region.',
    option: { flags: '--region <region>', example: 'eu-west-1' },
  }),
  // The longest name made from it is that of an IAM role: 64 characters.
  namePrefix: text({
    variable: 'BATCH_NAME_PREFIX',
    default: 'batch-processor',
    // Capacity providers may not be named aws…, ecs… or fargate…, security groups not sg-….
    pattern: /^(?=.{1,30}$)(?!aws|ecs|fargate|sg-)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    allowed:
      'up to 30 lower-case letters, digits and single hyphens, a letter first, not aws…, ecs…, fargate… or sg-…',
    description:
      'Names the stack and starts the name of everything in it. Each deployment in an account has its own.',
    option: { flags: '--name-prefix <name>', example: 'nightly' },
  }),
  instanceTypes: list({
    variable: 'BATCH_INSTANCE_TYPES',
    default: undefined,
    defaultText: 'm6i.large, for arm64 m6g.large',
    pattern: /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
    allowed: 'a list of EC2 instance types such as m6i.large,m5.large',
    description: 'EC2 instance types of the workers, the preferred one first.',
    option: { flags: '--instance-type <types>', example: 'm5.large,m6i.large' },
  }),
  architecture: choice({
    variable: 'BATCH_ARCHITECTURE',
    default: 'x86_64',
    values: ['x86_64', 'arm64'],
    description: 'Architecture of the instances, their machine image and the worker image.',
    option: { flags: '--architecture <name>', example: 'arm64' },
  }),
  spot: flag({
    variable: 'BATCH_SPOT',
    default: false,
    description:
      'Runs the workers on Spot capacity, of the instance type that is least likely to be interrupted.',
    option: { flags: '--spot', example: '--spot' },
  }),
  maxWorkers: integer({
    variable: 'BATCH_MAX_WORKERS',
    default: 100,
    min: 1,
    max: 5000,
    description: 'Maximum size of the Auto Scaling group, for all executions together.',
    option: { flags: '--max-workers <number>', example: '200' },
    provisioner: 'MAX_WORKERS',
  }),
  slotsPerWorker: integer({
    variable: 'BATCH_SLOTS_PER_WORKER',
    default: undefined,
    defaultText: 'vCPUs of the smallest instance type',
    min: 1,
    max: 256,
    description:
      'Objects that one worker processes at a time, each in a slot of its own, which is a process. Use more if the processor mostly waits.',
    option: { flags: '--slots-per-worker <number>', example: '4' },
    worker: 'WORKER_SLOTS',
  }),
  slotMemoryMiB: integer({
    variable: 'BATCH_SLOT_MEMORY_MIB',
    default: undefined,
    defaultText: "the slot's share of 3/4 of the memory, 128 to 2048",
    min: 128,
    max: 1_048_576,
    description:
      'MiB of memory that one slot may use, with buffers and child processes. If a processor needs more, only its own object fails.',
    worker: 'SLOT_MEMORY_MIB',
  }),
  slotObjectsInFlight: integer({
    variable: 'BATCH_SLOT_OBJECTS_IN_FLIGHT',
    default: 24,
    min: 1,
    max: 64,
    description:
      'Objects that a slot has at a time. It processes one, and meanwhile reads the next ones and writes the last ones.',
    worker: 'SLOT_OBJECTS_IN_FLIGHT',
  }),
  processorsFolder: path({
    variable: 'BATCH_PROCESSORS_FOLDER',
    default: OWN_FOLDER,
    defaultText: '`processors`',
    description:
      'The folder of processors. One outside of this project has its own package.json and package-lock.json (docs/processors.md).',
    option: { flags: '--processors-folder <folder>', example: '../our-processors' },
  }),
  processor: text({
    variable: 'BATCH_PROCESSOR',
    default: undefined,
    defaultText: '`checksum`; if `processorsFolder` has none, the first by name',
    pattern: PROCESSOR_NAME,
    allowed: 'the name of a folder in processorsFolder',
    description: 'The processor of executions that name none.',
    option: { flags: '--processor <name>', example: 'gzip' },
  }),
  processorEnvironment: record({
    variable: 'BATCH_PROCESSOR_ENVIRONMENT',
    names: PROCESSOR_VARIABLE,
    // ECS drops empty ones: see worker/worker-environment.ts.
    values: z.string().min(1),
    allowed:
      'a JSON object of strings such as {"SIMULATE_SECONDS":"2"}, none of them empty, without the names that the worker itself reads (AWS_…, WORKER_SLOTS, …)',
    description:
      'Environment variables for the processor. State and console show them as plain text: put secrets into `secrets`.',
    option: {
      flags: '--env <NAME=VALUE>',
      example: '--env SIMULATE_SECONDS=1 --env SIMULATE_FAULT=segfault',
    },
  }),
  secrets: record({
    variable: 'BATCH_SECRETS',
    names: PROCESSOR_VARIABLE,
    allowed:
      'a JSON object of ARNs by variable, such as {"API_KEY":"arn:aws:ssm:us-east-1:123456789012:parameter/api-key"}, without the names that the worker itself reads (AWS_…, WORKER_SLOTS, …)',
    isHidden: true,
    description:
      'Secrets for the processor, by variable: ARNs of Secrets Manager secrets or SSM parameters, in the form of ECS (docs/secrets.md).',
    option: {
      flags: '--secret <NAME=ARN>',
      example: '--secret API_KEY=arn:aws:ssm:us-east-1:123456789012:parameter/api-key',
    },
  }),
  secretKeyArns: list({
    variable: 'BATCH_SECRET_KEY_ARNS',
    default: undefined,
    defaultText: 'none',
    ...KMS_KEYS,
    description: 'KMS keys of yours that encrypt `secrets`.',
  }),
  workerStatements: objects<PolicyStatement>({
    variable: 'BATCH_WORKER_STATEMENTS',
    what: 'policy statements',
    description:
      'Statements of an IAM policy: rights of the processor in addition to reading objects and writing outputs. JSON, or a file (docs/secrets.md).',
    option: { flags: '--worker-statements <file>', example: 'rights.json' },
  }),
  bucket: text({
    variable: 'BATCH_BUCKET',
    default: undefined,
    defaultText: 'the stack makes one',
    ...BUCKET,
    description:
      'An existing bucket for objects, outputs and results. The stack does not change its settings.',
    option: { flags: '--bucket <name>', example: 'my-data' },
  }),
  bucketKeyArn: text({
    variable: 'BATCH_BUCKET_KEY_ARN',
    default: undefined,
    defaultText: 'none',
    pattern: new RegExp(`^${KEY_ARN}$`),
    allowed: 'the ARN of a KMS key',
    description: "The KMS key of yours that encrypts `bucket`. Its policy must allow the stack's roles.",
  }),
  readPrefixes: list({
    variable: 'BATCH_READ_PREFIXES',
    default: [''],
    defaultText: 'the whole bucket',
    pattern: /^[^*?$\s]*$/,
    allowed: 'a list of prefixes such as data/,input/, without * ? $ and spaces',
    description: 'Prefixes of the objects in `bucket` to process. Workers cannot read other objects there.',
  }),
  readBuckets: list({
    variable: 'BATCH_READ_BUCKETS',
    default: undefined,
    defaultText: 'none',
    pattern: EXISTING_BUCKET.pattern,
    allowed: `a list, each entry ${EXISTING_BUCKET.allowed}`,
    description:
      'Other existing buckets whose objects executions may process, with owner, region and key (docs/buckets.md).',
    option: { flags: '--read-buckets <buckets>', example: '"archive, their-data owner=111122223333"' },
  }),
  outputBucket: text({
    variable: 'BATCH_OUTPUT_BUCKET',
    default: undefined,
    defaultText: '`bucket`',
    ...EXISTING_BUCKET,
    description:
      'An existing bucket for outputs, written like an entry of `readBuckets`. Results and manifests stay in `bucket`.',
    option: { flags: '--output-bucket <bucket>', example: 'my-outputs' },
  }),
  vpcId: text({
    variable: 'BATCH_VPC_ID',
    default: undefined,
    defaultText: 'the default VPC',
    pattern: /^vpc-[0-9a-f]{8,17}$/,
    allowed: 'the id of a VPC such as vpc-0a1b2c3d4e5f60718',
    description: 'An existing VPC for the workers, together with `subnetIds`.',
  }),
  subnetIds: list({
    variable: 'BATCH_SUBNET_IDS',
    default: undefined,
    defaultText: 'the default subnets',
    pattern: /^subnet-[0-9a-f]{8,17}$/,
    allowed: 'a list of ids of subnets such as subnet-0a1b2c3d,subnet-4e5f6071',
    description: 'Subnets of `vpcId` for the workers, best one in each availability zone.',
  }),
  securityGroupIds: list({
    variable: 'BATCH_SECURITY_GROUP_IDS',
    default: undefined,
    defaultText: 'the stack makes one',
    pattern: /^sg-[0-9a-f]{8,17}$/,
    allowed: 'a list of ids of security groups such as sg-0a1b2c3d',
    description: 'Security groups of `vpcId` for the workers. They must allow HTTPS out (TCP 443).',
  }),
  assignPublicIp: flag({
    variable: 'BATCH_ASSIGN_PUBLIC_IP',
    default: true,
    description:
      'Gives workers public addresses. Without them, subnets need a NAT gateway or VPC endpoints (docs/deploying.md).',
  }),
  permissionsBoundaryArn: text({
    variable: 'BATCH_PERMISSIONS_BOUNDARY_ARN',
    default: undefined,
    defaultText: 'none',
    pattern: /^arn:[^:]+:iam::(\d{12}|aws):policy\/\S+$/,
    allowed: 'the ARN of an IAM policy',
    description: 'ARN of the IAM policy that is the permissions boundary of every role in the stack.',
  }),
  objectTimeoutSeconds: integer({
    variable: 'BATCH_OBJECT_TIMEOUT_SECONDS',
    default: 300,
    min: 2,
    max: 86_400,
    description: 'Seconds that one object may take on a worker.',
    worker: 'OBJECT_TIMEOUT_SECONDS',
  }),
  heartbeatSeconds: integer({
    variable: 'BATCH_HEARTBEAT_SECONDS',
    default: 60,
    min: 1,
    max: 3600,
    description:
      'Seconds without a heartbeat after which Step Functions gives the task to another worker. Workers send three in that time.',
    worker: 'HEARTBEAT_TIMEOUT_SECONDS',
  }),
  executionTimeoutSeconds: integer({
    variable: 'BATCH_EXECUTION_TIMEOUT_SECONDS',
    default: 86_400,
    min: 60,
    max: 31_536_000,
    description: 'Seconds that an execution may take.',
  }),
  provisionTimeoutSeconds: integer({
    variable: 'BATCH_PROVISION_TIMEOUT_SECONDS',
    default: 600,
    min: 1,
    max: 3600,
    description:
      'Seconds that an execution waits for its first worker. Later, the provisioner stops it if its workers fail to start for that long.',
    provisioner: 'PROVISION_TIMEOUT_SECONDS',
  }),
  provisionPollSeconds: integer({
    variable: 'BATCH_PROVISION_POLL_SECONDS',
    default: 2,
    min: 1,
    max: 60,
    description:
      'Seconds between two calls of the provisioner while an execution waits for its first worker.',
    provisioner: 'PROVISION_POLL_SECONDS',
  }),
  stopTimeoutSeconds: integer({
    variable: 'BATCH_STOP_TIMEOUT_SECONDS',
    default: 110,
    min: 2,
    max: 120,
    description:
      'Seconds between SIGTERM and SIGKILL of a worker. ECS allows at most 120, and so does a Spot interruption.',
    worker: 'STOP_TIMEOUT_SECONDS',
    provisioner: 'STOP_TIMEOUT_SECONDS',
  }),
  logRetentionDays: numberOf({
    variable: 'BATCH_LOG_RETENTION_DAYS',
    default: 30,
    values: RETENTION_DAYS,
    description: 'Days that CloudWatch keeps logs.',
  }),
  resultsRetentionDays: integer({
    variable: 'BATCH_RESULTS_RETENTION_DAYS',
    default: undefined,
    defaultText: 'kept',
    min: 1,
    max: 3650,
    description:
      "Days that the stack's own bucket keeps `results/` and `manifests/`. Outputs are always kept.",
  }),
  diskGiB: integer({
    variable: 'BATCH_DISK_GIB',
    default: 30,
    min: 30,
    max: 16_384,
    description: "GiB of the instances' root disk.",
  }),
  tracing: flag({
    variable: 'BATCH_TRACING',
    default: false,
    description: 'Traces the state machine and its functions with X-Ray.',
  }),
  alarmTopicArn: text({
    variable: 'BATCH_ALARM_TOPIC_ARN',
    default: undefined,
    defaultText: 'none: only CloudWatch shows alarms',
    pattern: /^arn:[^:]+:sns:[^:]+:\d{12}:[^:]+$/,
    allowed: 'the ARN of an SNS topic',
    description: 'ARN of the SNS topic that alarms notify, in `region`.',
  }),
  alarmEmail: text({
    variable: 'BATCH_ALARM_EMAIL',
    default: undefined,
    defaultText: 'none',
    pattern: z.regexes.email,
    allowed: 'an e-mail address',
    description:
      'E-mail address that alarms notify, instead of `alarmTopicArn`. The stack makes a topic; the address has to confirm.',
    option: { flags: '--alarm-email <address>', example: 'oncall@example.org' },
  }),
  notifyTopicArn: text({
    variable: 'BATCH_NOTIFY_TOPIC_ARN',
    default: undefined,
    defaultText: 'none: nobody gets messages',
    // A FIFO topic has no e-mail subscriptions.
    pattern: /^arn:[^:]+:sns:[^:]+:\d{12}:(?!.*\.fifo$)[^:]+$/,
    allowed: 'the ARN of a standard SNS topic',
    description: 'ARN of the SNS topic, in `region`, that gets a message at the end of each execution.',
  }),
  notifyEmail: text({
    variable: 'BATCH_NOTIFY_EMAIL',
    default: undefined,
    defaultText: 'none',
    pattern: z.regexes.email,
    allowed: 'an e-mail address',
    description:
      'E-mail address that gets a message at the end of each execution, instead of `notifyTopicArn`. It has to confirm the topic that the stack makes.',
    option: { flags: '--notify-email <address>', example: 'team@example.org' },
  }),
  schedules: objects<GivenSchedule>({
    variable: 'BATCH_SCHEDULES',
    what: 'schedules',
    description:
      'Executions that start by the clock: expression, time zone and input of each. JSON, or a file (docs/unattended.md).',
    option: { flags: '--schedules <file>', example: 'schedules.json' },
  }),
  tags: record({
    variable: 'BATCH_TAGS',
    names: z
      .string()
      .min(1)
      .max(128)
      .regex(/^(?!aws:)/i),
    values: z.string().max(256),
    allowed: 'a JSON object of strings such as {"team":"data"}, without names that start with aws:',
    description: 'Tags for everything that can have tags, in addition to `Project` (docs/unattended.md).',
  }),
  stateBucket: text({
    variable: 'BATCH_STATE_BUCKET',
    default: undefined,
    defaultText: 'none: a local file',
    ...BUCKET,
    description: 'An existing bucket for the Terraform state. Terraform 1.11 or later locks it natively.',
    option: { flags: '--state-bucket <name>', example: 'my-terraform-states' },
  }),
  stateRegion: text({
    variable: 'BATCH_STATE_REGION',
    default: undefined,
    defaultText: '`region`',
    ...REGION,
    description: 'Region of `stateBucket`.',
  }),
};

/** Where a deployment is: on AWS, or in the local cloud. The same SDK calls work on both. */
import type { CloudWatchLogsClient, CloudWatchLogsClientConfig } from '@aws-sdk/client-cloudwatch-logs';
import type { ECSClient, ECSClientConfig } from '@aws-sdk/client-ecs';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { SFNClient, SFNClientConfig } from '@aws-sdk/client-sfn';
import type { ExecutionInput, ProcessorDescriptions } from '../runtime/contract';
import type { FleetFacts } from '../runtime/cost/usage';
import { PREFIXES } from '../runtime/prefixes';
import type { BucketAccesses } from '../runtime/s3/bucket-access';
import { InvalidDeploymentError } from './errors';
import type { LongRetry } from './long-retry';

/** The names of a deployment's parts: outputs of its stack. */
export interface Deployment {
  /** AWS region: `eu-west-1`. Output `region`. */
  region: string;
  /** Output `state_machine_arn`. */
  stateMachineArn: string;
  /** Name of the deployment's own bucket: of inputs and results. Output `bucket_name`. */
  bucketName: string;
  /** Names of the buckets that objects may come from. Default: `bucketName`. Output `source_buckets`, a JSON text. */
  sourceBuckets: string[];
  /** Name of the bucket of outputs. Default: `bucketName`. Output `output_bucket_name`. */
  outputBucketName: string;
  /** How other buckets are reached, by name. Default: as `bucketName` is. Output `bucket_accesses`, a JSON text. */
  bucketAccesses: BucketAccesses;
  /**
   * Name of the ECS cluster and of the workers' service in it, to count workers while an execution is followed. Default:
   * workers are not counted. Outputs `cluster_name` and `service_name`.
   */
  clusterName?: string;
  serviceName?: string;
  /** Instances of the workers, to compute what executions cost. Default: costs are not known. Output `fleet_facts`, a JSON text. */
  fleet?: FleetFacts;
  /**
   * The workers' log group, to group failures by error while an execution is followed. Default: they are not grouped. Output
   * `worker_log_group`.
   */
  workerLogGroup?: string;
  /** Name of the processor of executions that name none. Default: not known here. Output `processor`. */
  processor?: string;
  /**
   * The processors and their parameters, to check an input before an execution starts. Default: only the provisioner checks it.
   * Output `processors`, a JSON text.
   */
  processors?: ProcessorDescriptions;
  /**
   * Hash of the environment that the deployment gives to processors, to preview what has changed. Default: it gives none. Output
   * `processor_environment_hash`.
   */
  processorEnvironment?: string;
  /**
   * Where outputs of `processor` are, unless an execution says otherwise: this + the whole input key. Ends with `/`. Default
   * `processed/`. Output `output_prefix`.
   */
  outputPrefix: string;
  /** Where results are: this + the execution's name. Ends with `/`. Default `results/`. Output `results_prefix`. */
  resultsPrefix: string;
  /** Where lists of objects are written. Ends with `/`. Default `manifests/`. Output `manifests_prefix`. */
  manifestsPrefix: string;
}

/** A deployment as `connect` takes it: what has a default may be left out. */
export type DeploymentValues = Pick<Deployment, 'region' | 'stateMachineArn' | 'bucketName'> &
  Partial<Deployment>;

/** Settings of the AWS SDK's clients: `endpoint`, `credentials`, `maxAttempts` … Default: the SDK's own. */
export type ClientConfig = S3ClientConfig & SFNClientConfig & ECSClientConfig & CloudWatchLogsClientConfig;

/** The SDK's clients of a deployment. */
export interface Clients {
  sfn: SFNClient;
  s3: S3Client;
  ecs: ECSClient;
  logs: CloudWatchLogsClient;
}

/** The deployment and the clients that all parts of the client use. */
export interface Connection {
  readonly deployment: Deployment;
  readonly clients: Clients;
  readonly longRetry: LongRetry;
  /** The client for a bucket: `clients.s3`, or one of the bucket's region. */
  s3Of(bucket: string): S3Client;
  /** Names an object in messages. `bucket`: default, the deployment's own. */
  locate(key: string, bucket?: string): string;
}

const STATE_MACHINE_ARN = /^arn:[\w-]+:states:([\w-]+):\d{12}:stateMachine:[^:]+$/;

/** Fills in the defaults. Throws an InvalidDeploymentError that names the first value that is wrong. */
export function completeDeployment(values: DeploymentValues): Deployment {
  const { region, stateMachineArn, bucketName } = values;
  for (const [name, value] of Object.entries({ region, stateMachineArn, bucketName })) {
    if (typeof value === 'string' && value !== '') continue;
    throw new InvalidDeploymentError(`${name} is not set: give its value from the stack's outputs.`);
  }
  const regionOfArn = STATE_MACHINE_ARN.exec(stateMachineArn)?.[1];
  if (regionOfArn === undefined) {
    throw new InvalidDeploymentError(
      `stateMachineArn is "${stateMachineArn}": give arn:aws:states:<region>:<account>:stateMachine:<name>, the output state_machine_arn.`,
    );
  }
  if (regionOfArn !== region) {
    throw new InvalidDeploymentError(
      `region is "${region}", but the state machine is in ${regionOfArn}: give values of one deployment.`,
    );
  }
  const prefixes = {
    outputPrefix: values.outputPrefix ?? PREFIXES.output,
    resultsPrefix: values.resultsPrefix ?? PREFIXES.results,
    manifestsPrefix: values.manifestsPrefix ?? PREFIXES.manifests,
  };
  for (const [name, prefix] of Object.entries(prefixes)) {
    if (!prefix.endsWith('/')) throw new InvalidDeploymentError(`${name} is "${prefix}": end it with "/".`);
  }
  const { sourceBuckets = [bucketName], outputBucketName = bucketName, bucketAccesses = {} } = values;
  return { ...values, sourceBuckets, outputBucketName, bucketAccesses, ...prefixes };
}

/**
 * A deployment from the outputs of its stack: plain values by name, as `cdktf output --outputs-file` writes them for each
 * stack, or with type and description, as `terraform output -json` does. Throws an InvalidDeploymentError that names the
 * output that is missing.
 */
export function deploymentOfOutputs(outputs: Record<string, unknown>): DeploymentValues {
  const text = outputReader(outputs);
  return {
    region: text('region'),
    stateMachineArn: text('state_machine_arn'),
    bucketName: text('bucket_name'),
    clusterName: text('cluster_name'),
    serviceName: text('service_name'),
    ...fleetOf(outputs),
    ...bucketsOf(outputs),
    ...processorsOf(outputs),
    outputPrefix: text('output_prefix'),
    resultsPrefix: text('results_prefix'),
    manifestsPrefix: text('manifests_prefix'),
  };
}

/** Of a stack that has the outputs. */
function processorsOf(outputs: Record<string, unknown>): Partial<Deployment> {
  if (outputs.processors === undefined) return {};
  const text = outputReader(outputs);
  return {
    processor: text('processor'),
    processors: parseOutput(outputs, 'processors'),
    processorEnvironment: text('processor_environment_hash'),
  };
}

/** Of a stack that has the outputs. */
function fleetOf(outputs: Record<string, unknown>): Partial<Deployment> {
  return {
    ...(outputs.fleet_facts !== undefined && { fleet: parseOutput<FleetFacts>(outputs, 'fleet_facts') }),
    ...(outputs.worker_log_group !== undefined && {
      workerLogGroup: outputReader(outputs)('worker_log_group'),
    }),
  };
}

/** Of a stack that has the outputs. */
function bucketsOf(outputs: Record<string, unknown>): Partial<Deployment> {
  if (outputs.output_bucket_name === undefined) return {};
  return {
    sourceBuckets: parseOutput(outputs, 'source_buckets'),
    outputBucketName: outputReader(outputs)('output_bucket_name'),
    bucketAccesses: parseOutput(outputs, 'bucket_accesses'),
  };
}

function parseOutput<Value>(outputs: Record<string, unknown>, name: string): Value {
  try {
    return JSON.parse(outputReader(outputs)(name));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidDeploymentError(
      `The output ${name} is not JSON (${error.message}): give the outputs of the stack as they are.`,
    );
  }
}

/** Where the outputs of an execution are: the state machine has the same default. */
export function outputPrefixOf(
  { processor: own, outputPrefix, bucketName }: Deployment,
  {
    processor = own,
    output_prefix,
    bucket = bucketName,
  }: Pick<ExecutionInput, 'processor' | 'output_prefix' | 'bucket'>,
): string {
  const prefix = output_prefix ?? (processor === own ? outputPrefix : `${outputPrefix}${processor}/`);
  return bucket === bucketName ? prefix : `${prefix}${bucket}/`;
}

/** Reads an output that is a string; throws an InvalidDeploymentError that names the one that is missing. */
export function outputReader(outputs: Record<string, unknown>): (name: string) => string {
  return (name) => {
    const output = outputs[name];
    const value = typeof output === 'object' && output !== null && 'value' in output ? output.value : output;
    if (typeof value === 'string') return value;
    throw new InvalidDeploymentError(
      `The stack has no output ${name}: give the outputs of one stack, deployed by this version.`,
    );
  };
}

/** A deployment of the batch processor, on AWS or in the local cloud: starts executions and finds existing ones. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import {
  type ExecutionStatus,
  ListExecutionsCommand,
  paginateListExecutions,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionInput } from '../runtime/contract';
import { S3Clients } from '../runtime/s3/clients';
import {
  type ClientConfig,
  type Clients,
  completeDeployment,
  type Deployment,
  type DeploymentValues,
  deploymentOfOutputs,
  outputPrefixOf,
} from './deployment';
import { ExecutionExistsError, InvalidInputError } from './errors';
import { Execution } from './execution';
import { EXECUTION_NAME, executionArnOf, newName } from './execution-name';
import { checkInput, checkOptions } from './input/check-input';
import { type Preview, previewInput } from './input/preview';
import { inputOfFailures } from './input/retry-failed';
import { LongRetry, type LongRetryOptions } from './long-retry';

export interface ConnectOptions extends ClientConfig, LongRetryOptions {
  /** How messages name an object of a bucket, which is the deployment's own by default. Default: its `s3://` URL. */
  locate?: (key: string, bucket?: string) => string;
}

export interface StartOptions {
  /**
   * Name of the execution, up to 80 letters, digits, hyphens and underscores, unique for 90 days. Default: made from the
   * time, `run-20261123T140000-3f9a1c`.
   */
  name?: string;
  /**
   * Whether the input is checked first, by the state machine's own rules and by a look into the bucket. Default true. Without
   * it, an execution of bad input is started and fails.
   */
  check?: boolean;
}

/** An execution in a list. */
export interface ListedExecution {
  name: string;
  arn: string;
  status: ExecutionStatus;
  startedAt: Date;
  /** Undefined while it runs. */
  endedAt?: Date;
}

export class BatchProcessor {
  readonly deployment: Deployment;
  /** The AWS SDK's clients in use, for anything else that you do with the deployment. */
  readonly clients: Clients;
  /** Where an object of a bucket is, for people. `bucket`: default, the deployment's own. */
  readonly locate: (key: string, bucket?: string) => string;
  readonly longRetry: LongRetry;
  readonly #s3: S3Clients;

  private constructor(values: DeploymentValues, { locate, onWait, awaySeconds, ...config }: ConnectOptions) {
    this.deployment = completeDeployment(values);
    const { region, bucketName, bucketAccesses } = this.deployment;
    const complete = { ...config, region };
    this.longRetry = new LongRetry({ onWait, awaySeconds });
    this.#s3 = new S3Clients(complete, bucketAccesses, (client) => this.longRetry.attach(client));
    const [sfn, ecs] = [new SFNClient(complete), new ECSClient(complete)];
    this.clients = { sfn, s3: this.#s3.own, ecs, logs: new CloudWatchLogsClient(complete) };
    this.longRetry.attach(sfn);
    this.longRetry.attach(ecs);
    this.locate = locate ?? ((key, bucket = bucketName) => `s3://${bucket}/${key}`);
  }

  /** The client for a bucket: `clients.s3`, or one of the bucket's region. */
  s3Of(bucket: string): S3Client {
    return this.#s3.of(bucket);
  }

  /**
   * Sends nothing yet. `options` are settings of the AWS SDK's clients; without any, region, credentials and endpoint are
   * those of the environment, as with every AWS client: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
   * Throws an InvalidDeploymentError that names the value that is missing or wrong.
   */
  static connect(deployment: DeploymentValues, options: ConnectOptions = {}): BatchProcessor {
    return new BatchProcessor(deployment, options);
  }

  /**
   * As `connect`, with the Terraform outputs of the stack: what `terraform output -json` prints, or plain values by name.
   * Throws an InvalidDeploymentError that names the output that is missing.
   */
  static fromOutputs(outputs: Record<string, unknown>, options: ConnectOptions = {}): BatchProcessor {
    return new BatchProcessor(deploymentOfOutputs(outputs), options);
  }

  /** Where the outputs of an execution with this input are, in the bucket of outputs: this + the whole input key. */
  outputPrefix(input: Pick<ExecutionInput, 'processor' | 'output_prefix' | 'bucket'>): string {
    return outputPrefixOf(this.deployment, input);
  }

  /**
   * Throws an InvalidInputError if the workflow would refuse the input, its processor or parameters, or would find no objects. Starts
   * nothing.
   */
  check(input: ExecutionInput): Promise<void> {
    return checkInput(this, input);
  }

  /**
   * What an execution with this input would process. Runs the selection here, with the rights of these clients, and starts nothing.
   * Throws an InvalidInputError, as `check` does and if the selector would refuse the input.
   */
  async preview(input: ExecutionInput): Promise<Preview> {
    await this.check(input);
    return previewInput(this, input);
  }

  /**
   * Starts an execution and returns at once. If an execution with this name and input runs, returns that execution. Throws an
   * InvalidInputError, as `check` does and for a name that Step Functions refuses, and an ExecutionExistsError if the name is taken.
   */
  async start(input: ExecutionInput, { name, check = true }: StartOptions = {}): Promise<Execution> {
    if (name !== undefined && !EXECUTION_NAME.test(name)) {
      throw new InvalidInputError(`name is "${name}": give 1 to 80 letters, digits, hyphens or underscores.`);
    }
    if (check) await this.check(input);
    const { stateMachineArn } = this.deployment;
    const command = new StartExecutionCommand({
      stateMachineArn,
      name: name ?? newName('run'),
      input: JSON.stringify(input),
    });
    try {
      const { executionArn = '' } = await this.clients.sfn.send(command);
      return new Execution(this, executionArn);
    } catch (error) {
      if (!(error instanceof SFNServiceException) || error.name !== 'ExecutionAlreadyExists') throw error;
      throw new ExecutionExistsError(`An execution ${name} already exists: choose another name.`);
    }
  }

  /**
   * An execution that was started earlier, by its name or ARN. Sends nothing yet. Throws an ExecutionNotFoundError if the ARN
   * is of another state machine.
   */
  execution(nameOrArn: string): Execution {
    return new Execution(this, executionArnOf(this.deployment.stateMachineArn, nameOrArn));
  }

  /** Every execution that runs, the newest first; none if the state machine no longer exists. */
  async *running(): AsyncGenerator<{ execution: Execution; startedAt: Date }> {
    const { stateMachineArn } = this.deployment;
    const query = { stateMachineArn, statusFilter: 'RUNNING' } as const;
    try {
      for await (const { executions = [] } of paginateListExecutions({ client: this.clients.sfn }, query)) {
        for (const { executionArn = '', startDate = new Date() } of executions)
          yield { execution: new Execution(this, executionArn), startedAt: startDate };
      }
    } catch (error) {
      if (!(error instanceof SFNServiceException) || error.name !== 'StateMachineDoesNotExist') throw error;
    }
  }

  /** The executions that Step Functions knows, the newest first: it forgets one 90 days after its end. `limit`: default 100. */
  async executions(limit = 100): Promise<ListedExecution[]> {
    const { stateMachineArn } = this.deployment;
    const command = new ListExecutionsCommand({ stateMachineArn, maxResults: limit });
    const { executions = [] } = await this.clients.sfn.send(command);
    return executions.map(({ name = '', executionArn = '', status = 'RUNNING', startDate, stopDate }) => ({
      name,
      arn: executionArn,
      status,
      startedAt: startDate ?? new Date(),
      ...(stopDate && { endedAt: stopDate }),
    }));
  }

  /** Names of the executions that have results in the bucket, also of those that Step Functions has forgotten, sorted. */
  async recorded(): Promise<string[]> {
    const { bucketName: Bucket, resultsPrefix: Prefix } = this.deployment;
    const names: string[] = [];
    const query = { Bucket, Prefix, Delimiter: '/' };
    for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client: this.clients.s3 }, query))
      for (const found of CommonPrefixes) names.push((found.Prefix ?? '').slice(Prefix.length, -1));
    return names;
  }

  /**
   * The input of an execution that processes only the objects that failed in an earlier execution (name or ARN). It is `input`, which
   * must name no source, with `objects`. If the objects exceed the 256 KiB of an input, it has a manifest instead, which this method
   * writes to `manifests/<name>/failed.jsonl`. It leaves out objects that were not begun, or were cut off, when the earlier execution
   * ended: they did not fail. Its `bucket` is that of the objects. Undefined if nothing failed. Throws an InvalidInputError, as `check`
   * does and if `input` names another bucket, and what `Execution.failures` throws.
   */
  async retryInput(
    earlier: string,
    input: ExecutionInput,
    name = newName('retry'),
  ): Promise<ExecutionInput | undefined> {
    const execution = this.execution(earlier);
    const Key = `${this.deployment.manifestsPrefix}${name}/failed.jsonl`;
    // Before anything is written.
    await checkOptions(this, { ...input, manifest: { Key } });
    const bucket = await execution.bucketOfFailures();
    if (bucket === undefined) return undefined;
    if (input.bucket !== undefined && input.bucket !== bucket) {
      throw new InvalidInputError(
        `bucket is "${input.bucket}", but the objects that failed in ${execution.name} are in ${bucket}: leave bucket out.`,
      );
    }
    const retry = bucket === this.deployment.bucketName ? input : { ...input, bucket };
    await checkOptions(this, { ...retry, manifest: { Key } });
    return inputOfFailures(this, execution.failures(), retry, Key);
  }

  /** Ends idle connections, and requests that wait. Executions go on. */
  close(): void {
    this.longRetry.close();
    for (const client of [this.#s3, this.clients.sfn, this.clients.ecs, this.clients.logs]) client.destroy();
  }
}

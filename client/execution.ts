/** One execution of the workflow: followed, stopped, and its results read. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type ExecutionStatus,
  SFNServiceException,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionInput, ExecutionOutput, ObjectFailure, ObjectResult } from '../runtime/contract';
import type { Connection } from './deployment';
import { ExecutionNotFoundError, ExecutionRunningError, NoResultsError } from './errors';
import { nameOfArn } from './execution-name';
import { findMapRun, readRunResults, resultsPrefixOf } from './map-run';
import {
  findManifest,
  type ObjectOutcome,
  type Results,
  readBucketOfFailures,
  readFailed,
  readOutcomes,
  readResults,
  readSucceeded,
} from './results';
import { type Snapshot, SnapshotReader } from './snapshot';

/** What Step Functions says of an execution. */
export interface ExecutionDescription {
  /** RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED (stopped) or PENDING_REDRIVE. */
  status: ExecutionStatus;
  input: ExecutionInput;
  startedAt: Date;
  /** Undefined while it runs. */
  endedAt?: Date;
  /** Of one that succeeded. */
  output?: ExecutionOutput;
  /** Of one that did not succeed: the error's name (docs/operations.md explains each), and what caused it. */
  error?: string;
  cause?: string;
}

export interface FollowOptions {
  /** Ends the wait: the method rejects with the signal's reason. The execution itself goes on. */
  signal?: AbortSignal;
  /** Seconds between two looks. Default 3: each look costs two or three requests. */
  intervalSeconds?: number;
}

const INTERVAL_SECONDS = 3;

/** From `BatchProcessor.start` or `BatchProcessor.execution`. */
export class Execution {
  /** Unique in the deployment for 90 days. */
  readonly name: string;

  constructor(
    private readonly connection: Connection,
    readonly arn: string,
  ) {
    this.name = nameOfArn(arn);
  }

  /** Throws an ExecutionNotFoundError if Step Functions does not know it: it forgets an execution 90 days after its end. */
  async describe(): Promise<ExecutionDescription> {
    const described = await this.#find();
    if (!described)
      throw new ExecutionNotFoundError(
        `There is no execution ${this.name}: Step Functions does not know it.`,
      );
    return descriptionOf(described);
  }

  /**
   * Yields a snapshot at once, then one every `intervalSeconds`, and after the end a last one, of phase `ended`. Throws an
   * ExecutionNotFoundError, as `describe` does.
   */
  async *follow({
    signal,
    intervalSeconds = INTERVAL_SECONDS,
  }: FollowOptions = {}): AsyncGenerator<Snapshot> {
    const snapshots = new SnapshotReader(this.connection, this.arn);
    for (;;) {
      signal?.throwIfAborted();
      const { status } = await this.describe();
      yield await snapshots.read(status);
      if (status !== 'RUNNING') return;
      await pause(intervalSeconds, signal);
    }
  }

  /**
   * Resolves when the execution has ended, however it ended: look at `status`. Throws an ExecutionNotFoundError, as
   * `describe` does.
   */
  async wait({
    signal,
    intervalSeconds = INTERVAL_SECONDS,
  }: FollowOptions = {}): Promise<ExecutionDescription> {
    for (;;) {
      signal?.throwIfAborted();
      const described = await this.describe();
      if (described.status !== 'RUNNING') return described;
      await pause(intervalSeconds, signal);
    }
  }

  /**
   * Stops the execution: its workers hand back what they process, and the fleet goes. It ends ABORTED, with the error
   * `Stopped` and this cause. Does nothing to an execution that has ended.
   */
  async stop(cause = 'Stopped by a client'): Promise<void> {
    const command = new StopExecutionCommand({ executionArn: this.arn, error: 'Stopped', cause });
    await this.connection.clients.sfn.send(command);
  }

  /**
   * Counts what became of each object. Of an execution that was stopped or timed out, waits up to 30 seconds for its
   * results. Throws an ExecutionRunningError before the end, and an ExecutionNotFoundError where neither Step Functions nor
   * the bucket knows the execution.
   */
  async results(): Promise<Results> {
    const { clients, deployment } = this.connection;
    const described = await this.#findEnded();
    if (described) {
      const mapRunArn = await findMapRun(this.connection, this.arn);
      return readRunResults(this.connection, this.name, described.status ?? '', mapRunArn);
    }
    const prefix = resultsPrefixOf(this.connection, this.name);
    const results = await readResults(clients.s3, deployment.bucketName, prefix);
    if (results.manifest) return results;
    throw this.#notFound(prefix);
  }

  /**
   * Every object that failed, one by one, in any order. They come from the results in the bucket, so that it does not matter
   * whether Step Functions still knows the execution. Throws an ExecutionRunningError before the end, a NoResultsError where
   * the execution ended before it wrote results, and an ExecutionNotFoundError, as `results` does.
   */
  async *failures(): AsyncGenerator<ObjectFailure> {
    const { clients, deployment } = this.connection;
    yield* readFailed(clients.s3, deployment.bucketName, await this.#findManifest());
  }

  /** The bucket of the objects that failed; undefined if none did. Throws as `failures` does. */
  async bucketOfFailures(): Promise<string | undefined> {
    const { clients, deployment } = this.connection;
    return readBucketOfFailures(clients.s3, deployment.bucketName, await this.#findManifest());
  }

  /** Every object that succeeded or was skipped, one by one, in no order. Throws as `failures` does. */
  async *successes(): AsyncGenerator<ObjectResult> {
    const { clients, deployment } = this.connection;
    yield* readSucceeded(clients.s3, deployment.bucketName, await this.#findManifest());
  }

  /** What became of each object, one by one, in no order. Throws as `failures` does. */
  async *outcomes(): AsyncGenerator<ObjectOutcome> {
    const { clients, deployment } = this.connection;
    yield* readOutcomes(clients.s3, deployment.bucketName, await this.#findManifest());
  }

  async #findManifest(): Promise<string> {
    const { clients, deployment } = this.connection;
    const described = await this.#findEnded();
    const mapRunArn = described && (await findMapRun(this.connection, this.arn));
    const prefix = resultsPrefixOf(this.connection, this.name, mapRunArn);
    const manifest = await findManifest(clients.s3, deployment.bucketName, prefix);
    if (manifest) return manifest;
    if (!described) throw this.#notFound(prefix);
    const ending = described.error ? `ended ${described.status}, ${described.error}, and` : 'ended and';
    throw new NoResultsError(`${this.name} ${ending} left no results: start its own input again.`);
  }

  async #findEnded(): Promise<DescribeExecutionCommandOutput | undefined> {
    const described = await this.#find();
    if (described?.status !== 'RUNNING') return described;
    throw new ExecutionRunningError(`${this.name} still runs: wait for its end to read its results.`);
  }

  /** Undefined if Step Functions does not know it. */
  async #find(): Promise<DescribeExecutionCommandOutput | undefined> {
    try {
      return await this.connection.clients.sfn.send(new DescribeExecutionCommand({ executionArn: this.arn }));
    } catch (error) {
      if (error instanceof SFNServiceException && error.name === 'ExecutionDoesNotExist') return undefined;
      throw error;
    }
  }

  #notFound(prefix: string): ExecutionNotFoundError {
    const where = this.connection.locate(prefix);
    return new ExecutionNotFoundError(
      `There is no execution ${this.name}: Step Functions does not know it, and ${where} has no results.`,
    );
  }
}

async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  // It rejects with an error of its own, whose cause is the signal's reason.
  await delay(seconds * 1000, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

function descriptionOf(described: DescribeExecutionCommandOutput): ExecutionDescription {
  const { status = 'RUNNING', input = '{}', startDate, stopDate, output, error, cause } = described;
  return {
    status,
    input: JSON.parse(input),
    startedAt: startDate ?? new Date(),
    endedAt: stopDate,
    output: output === undefined ? undefined : JSON.parse(output),
    error,
    cause,
  };
}

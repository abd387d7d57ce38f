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
import { findMapRun } from '../runtime/map-run';
import type { Connection } from './deployment';
import { ExecutionNotFoundError, ExecutionRunningError, NoResultsError } from './errors';
import { nameOfArn } from './execution-name';
import { FiguresCollector } from './figures/collector';
import { observed } from './figures/observed-object';
import type { RunFigures } from './figures/run-figures';
import { secondsToNextLook } from './follow/pace';
import { type Snapshot, SnapshotReader } from './follow/snapshot';
import { unlessAborted } from './follow/unless-aborted';
import type { ObjectOutcome } from './outcome';
import { type Prediction, readPrediction } from './plan/saved-plan';
import {
  findManifest,
  type Results,
  readBucketOfFailures,
  readFailed,
  readOutcomes,
  readResults,
  readSucceeded,
} from './results/results';
import { readRunResults, resultsPrefixOf } from './results/run-results';

/** What Step Functions says of an execution. */
export interface ExecutionDescription {
  /** RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED (stopped) or PENDING_REDRIVE. */
  status: ExecutionStatus;
  input: ExecutionInput;
  startedAt: Date;
  /** When it was last redriven; undefined if it never was. From then on it has workers again. */
  redrivenAt?: Date;
  /** Undefined while it runs. */
  endedAt?: Date;
  /** The output, if the execution succeeded. */
  output?: ExecutionOutput;
  /** If the execution did not succeed: the error's name (docs/operations.md explains each) and its cause. */
  error?: string;
  cause?: string;
}

export interface FollowOptions {
  /** Ends the wait: the method rejects with the signal's reason. The execution itself goes on. */
  signal?: AbortSignal;
  /**
   * Seconds between two snapshots, varied by a quarter. A snapshot takes two or three requests. Default: 3 at first, later a
   * tenth of the time that the execution has been followed, at most 15.
   */
  intervalSeconds?: number;
}

/** An execution, from `BatchProcessor.start` or `BatchProcessor.execution`. */
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
  async *follow(options: FollowOptions = {}): AsyncGenerator<Snapshot> {
    const snapshots = new SnapshotReader(this.connection, this.arn);
    yield* this.#look(async () => snapshots.read(await this.describe()), options);
  }

  /**
   * Resolves when the execution has ended, however it ended: look at `status`. Throws an ExecutionNotFoundError, as
   * `describe` does.
   */
  async wait(options: FollowOptions = {}): Promise<ExecutionDescription> {
    let last: ExecutionDescription | undefined;
    for await (last of this.#look(() => this.describe(), options));
    return last ?? this.describe();
  }

  /**
   * Stops the execution: its workers hand back their tasks, and the fleet scales in. The execution ends ABORTED, with
   * the error `Stopped` and this cause. Does nothing to an execution that has ended.
   */
  async stop(cause = 'Stopped by a client'): Promise<void> {
    const command = new StopExecutionCommand({ executionArn: this.arn, error: 'Stopped', cause });
    await this.connection.clients.sfn.send(command);
  }

  /**
   * Counts what became of each object. If the execution was stopped or timed out, waits up to 30 seconds for its
   * results. Throws an ExecutionRunningError before the end, and an ExecutionNotFoundError if neither Step Functions nor
   * the bucket knows the execution.
   */
  async results(): Promise<Results> {
    const { clients, deployment, longRetry } = this.connection;
    // A connection may break in the middle of a file.
    const read = <Read>(reading: () => Promise<Read>) => longRetry.retry(reading, 'GetObject');
    const described = await this.#findEnded();
    if (described) {
      const mapRunArn = await findMapRun(this.connection.clients.sfn, this.arn);
      return read(() => readRunResults(this.connection, this.name, described.status ?? '', mapRunArn));
    }
    const prefix = resultsPrefixOf(this.connection, this.name);
    const results = await read(() => readResults(clients.s3, deployment.bucketName, prefix));
    if (results.manifest) return results;
    throw this.#notFound(prefix);
  }

  /**
   * Every object that failed, one by one, in any order. They come from the results in the bucket, so this also works if Step
   * Functions no longer knows the execution. Throws an ExecutionRunningError before the end, a NoResultsError if the
   * execution ended before it wrote results, and an ExecutionNotFoundError, as `results` does.
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

  /**
   * Throughput, timeline, durations, slowest objects and failures, from the results in the bucket. Throws as `failures` does.
   */
  async figures(): Promise<RunFigures> {
    const collector = new FiguresCollector();
    for await (const outcome of this.outcomes()) collector.add(observed(outcome));
    return collector.figures;
  }

  /** What a plan predicted for this execution with this number of workers; undefined if nobody planned it (scripts/plan.ts). */
  prediction(workers: number): Promise<Prediction | undefined> {
    return readPrediction(this.connection, this.name, workers);
  }

  /** Calls `look` again and again, and yields what it finds, until the execution has ended. */
  async *#look<Found extends { status: ExecutionStatus }>(
    look: () => Promise<Found>,
    { signal, intervalSeconds: given }: FollowOptions,
  ): AsyncGenerator<Found> {
    const { longRetry } = this.connection;
    const since = Date.now();
    for (;;) {
      const lookedAt = Date.now();
      const found = await unlessAborted(look, signal);
      yield found;
      if (found.status !== 'RUNNING') return;
      const throttled = longRetry.throttledAt >= lookedAt;
      const seconds = secondsToNextLook((Date.now() - since) / 1000, { given, throttled });
      await unlessAborted(() => delay(seconds * 1000, undefined, { signal }), signal);
    }
  }

  async #findManifest(): Promise<string> {
    const { clients, deployment } = this.connection;
    const described = await this.#findEnded();
    const mapRunArn = described && (await findMapRun(this.connection.clients.sfn, this.arn));
    const prefix = resultsPrefixOf(this.connection, this.name, mapRunArn);
    const manifest = await findManifest(clients.s3, deployment.bucketName, prefix);
    if (manifest) return manifest;
    if (!described) throw this.#notFound(prefix);
    if (described.status === 'SUCCEEDED')
      throw new NoResultsError(`${this.name} ended SUCCEEDED without results: it had no objects to process.`);
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

function descriptionOf(described: DescribeExecutionCommandOutput): ExecutionDescription {
  const {
    status = 'RUNNING',
    input = '{}',
    startDate,
    redriveDate,
    stopDate,
    output,
    error,
    cause,
  } = described;
  return {
    status,
    input: JSON.parse(input),
    startedAt: startDate ?? new Date(),
    ...(redriveDate && { redrivenAt: redriveDate }),
    endedAt: stopDate,
    output: output === undefined ? undefined : JSON.parse(output),
    error,
    cause,
  };
}

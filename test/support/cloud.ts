/** A local cloud on the real synthesized stack, for tests that look inside it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { installedPackages, openProcessorsFolder } from '../../bundles/processors/folder';
import type { BatchProcessor, Clients, Deployment, ExecutionDescription, Results } from '../../client';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../local/cloud';
import type { Task } from '../../local/services/ecs/task';
import type { ExecutionInput, ProvisionerEvent } from '../../runtime/contract';
import { registerCloud } from '../../scripts/local/running-cloud';
import { synthesize } from '../../scripts/local/synthesize';
import { connectLocal } from '../../scripts/target/local-target';
import { writeFiles } from './files';
import { noneLeft, processesWith, type SystemProcess } from './processes';
import { inTime, until } from './until';

/** A line that a worker logged. */
export interface LogLine {
  message: string;
  [field: string]: unknown;
}

export interface Ended extends ExecutionDescription {
  results: Results;
}

export class TestCloud {
  readonly lines: LogLine[] = [];
  /** The client that starts, follows and stops executions, and reads their results. */
  readonly batch: BatchProcessor;
  readonly deployment: Deployment;
  readonly clients: Clients;
  private watchers: (() => void)[] = [];

  private constructor(
    readonly cloud: LocalCloud,
    readonly bucket: string,
    private readonly bucketIsOwn: boolean,
  ) {
    this.batch = connectLocal(cloud, bucket);
    this.deployment = this.batch.deployment;
    this.clients = this.batch.clients;
  }

  /** Without a `bucketFolder`, it makes one that `close` removes. */
  static async start(stackFolder: string, options: Partial<LocalCloudOptions> = {}): Promise<TestCloud> {
    const bucketFolder = options.bucketFolder ?? (await mkdtemp(join(tmpdir(), 'bucket-')));
    let heard: (message: string) => void = () => {};
    const onLog = (_group: string, _stream: string, message: string) => heard(message);
    const cloud = await startLocalCloud({
      stackFolder,
      installedPackages: installedPackages(openProcessorsFolder()),
      bootSeconds: 0.05,
      // No test waits for the work that workers still have.
      closeSeconds: 0,
      // A worker that is told to stop waits for its polls.
      activityPollSeconds: 1,
      onLog,
      ...options,
      bucketFolder,
    });
    const test = new TestCloud(cloud, bucketFolder, options.bucketFolder === undefined);
    heard = (message) => test.hear(message);
    return test;
  }

  /** Lets `execute.ts --target local --bucket-dir <bucket>` find it. */
  async register(): Promise<void> {
    const { endpoint, region, credentials, outputs, bucketFolders } = this.cloud;
    const running = { pid: process.pid, endpoint, region, credentials, outputs, bucketFolders };
    await registerCloud(this.bucket, running);
  }

  async put(keys: string[], content = (key: string) => `content of ${key}\n`): Promise<void> {
    writeFiles(this.bucket, Object.fromEntries(keys.map((key) => [key, content(key)])));
  }

  /** Puts a manifest that names the keys, followed by `moreLines` as they are; returns it as the source of a run. */
  async putManifest(keys: string[], moreLines: string[] = []): Promise<Pick<ExecutionInput, 'manifest'>> {
    const Key = `manifests/${randomUUID()}.jsonl`;
    const lines = [...keys.map((key) => JSON.stringify({ Key: key })), ...moreLines];
    await this.put([Key], () => lines.map((line) => `${line}\n`).join(''));
    return { manifest: { Key } };
  }

  read(key: string): Promise<string> {
    return readFile(join(this.bucket, key), 'utf8');
  }

  /** Starts an execution with any input, valid or not; returns its ARN. */
  async begin(input: ExecutionInput, name?: string): Promise<string> {
    return (await this.batch.start(input, { name, check: false })).arn;
  }

  describe(executionArn: string): Promise<ExecutionDescription> {
    return this.batch.execution(executionArn).describe();
  }

  async end(executionArn: string): Promise<Ended> {
    const execution = this.batch.execution(executionArn);
    const ended = await inTime(execution.wait({ intervalSeconds: 0.2 }), `${execution.name} ends`);
    return { ...ended, results: await execution.results() };
  }

  async run(input: ExecutionInput, name?: string): Promise<Ended> {
    return this.end(await this.begin(input, name));
  }

  /** Resolves with the first line that matches, of those that a worker or the function has logged or will log. */
  logged(fits: (line: LogLine) => boolean, what = `a line that ${fits}`): Promise<LogLine> {
    const wait = async () => {
      for (;;) {
        const line = this.lines.find(fits);
        if (line) return line;
        await new Promise<void>((resolve) => this.watchers.push(resolve));
      }
    };
    return inTime(wait(), what);
  }

  /** The lines with this message that workers and functions have logged so far. */
  linesWith(message: string): LogLine[] {
    return this.lines.filter((line) => line.message === message);
  }

  /** The attempts at an object that workers have begun so far, by number. */
  attemptsAt(key: string): number[] {
    const begun = this.linesWith('Processing S3 object').filter((line) => line.key === key);
    return begun.map(({ attempt }) => attempt as number);
  }

  /**
   * Checks that the run has succeeded, and that each of its objects has its output, by `simulate`. An object is skipped if an earlier
   * attempt wrote the output and did not report it.
   */
  async expectDone(ended: Ended, keys: string[]): Promise<void> {
    expect(ended, ended.cause).to.include({ status: 'SUCCEEDED' });
    expect(ended.results).to.include({ failed: 0, pending: 0 });
    const { succeeded, skipped } = ended.results;
    expect(succeeded + skipped).to.equal(keys.length);
    for (const key of keys)
      expect(await this.read(`processed/${key}`)).to.match(new RegExp(`^Processed ${key} `));
  }

  /** The stack's Auto Scaling group. */
  get fleet() {
    const [fleet] = this.cloud.services.autoscaling.groups.values();
    if (!fleet) throw new Error('the stack has no fleet');
    return fleet;
  }

  /** Instances of the group, in any state. */
  instances(): string[] {
    return [...this.fleet.instances.keys()];
  }

  /** Workers that have not ended. */
  workers(): Task[] {
    const tasks = this.cloud.services.ecs.clusters.flatMap((cluster) => [...cluster.tasks.values()]);
    return tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  }

  /** Resolves when the desired capacity is 0 and nothing is left: no instance in any state, no worker's process. */
  fleetIsGone(): Promise<void> {
    const isGone = () =>
      this.fleet.desired === 0 && this.instances().length === 0 && this.workers().length === 0;
    return until(isGone, 'the fleet is gone').then(() => undefined);
  }

  /** Names of the states that the execution has entered, in order. */
  async statesEntered(executionArn: string): Promise<string[]> {
    const { events } = await this.clients.sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
    );
    return (events ?? []).flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  }

  /** Workers, their slots, and the processes that processors have started, if their command matches. */
  processes(command = /^/): SystemProcess[] {
    const all = processesWith('AWS_ENDPOINT_URL', this.cloud.endpoint);
    return all.filter((each) => each.pid !== process.pid && command.test(each.command));
  }

  /** Kills a running worker with SIGKILL: it ends without another report. */
  killWorker(): void {
    const running = this.workers().find(({ lastStatus }) => lastStatus === 'RUNNING');
    if (!running) throw new Error('no worker runs');
    running.kill();
  }

  /** Interrupts an instance as Spot does: it is drained, and its worker gets SIGTERM. Resolves when the instance is gone. */
  async interruptInstance(): Promise<void> {
    const [instance] = this.fleet.instances.values();
    if (!instance) throw new Error('there is no instance');
    await this.fleet.terminate(instance, 'a Spot interruption');
  }

  stop(executionArn: string): Promise<void> {
    return this.batch.execution(executionArn).stop();
  }

  /** Resolves when a worker has begun an object whose key has this prefix. */
  processing(prefix = ''): Promise<LogLine> {
    return this.logged(
      ({ message, key }) => message === 'Processing S3 object' && String(key).startsWith(prefix),
      `a worker begins with an object of "${prefix}"`,
    );
  }

  /** Resolves when the provisioner has answered an event of this execution. */
  reconciled(action: ProvisionerEvent['action'], executionArn: string): Promise<LogLine> {
    return this.answered(executionArn, `"${action}"`, (event) => event.action === action);
  }

  /** Resolves when the provisioner has answered the guard, which gets the event of the execution's end. */
  guarded(executionArn: string): Promise<LogLine> {
    return this.answered(
      executionArn,
      'the guard',
      (event) => event.action === 'deprovision' && event.worker_count === undefined,
    );
  }

  private answered(executionArn: string, what: string, isMeant: (event: ProvisionerEvent) => boolean) {
    return this.logged(({ message, event }) => {
      if (message !== 'Fleet reconciled') return false;
      const told = event as ProvisionerEvent;
      return 'execution_arn' in told && told.execution_arn === executionArn && isMeant(told);
    }, `the provisioner answers ${what} of ${executionArn}`);
  }

  /** Throws an Error if a process of the local cloud outlives it. */
  async close(): Promise<void> {
    this.batch.close();
    await this.cloud.close();
    if (this.bucketIsOwn) await rm(this.bucket, { recursive: true, force: true });
    const left = this.cloud.processes();
    if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
    await noneLeft(() => this.processes());
  }

  private hear(message: string): void {
    try {
      this.lines.push(JSON.parse(message));
    } catch {
      return;
    }
    for (const wake of this.watchers.splice(0)) wake();
  }
}

/** Settings of a stack whose few small workers start and end quickly. Each processes one object at a time. */
export const SMALL_FLEET = {
  BATCH_PROCESSOR: 'simulate',
  BATCH_SLOTS_PER_WORKER: '1',
  BATCH_MAX_WORKERS: '4',
  BATCH_PROVISION_POLL_SECONDS: '1',
};

/** Synthesizes the stack with these environment variables into a folder that `remove` removes. */
export async function synthesizeForTest(environment: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'stack-'));
  const stackFolder = await synthesize(folder, {}, { ...process.env, ...environment });
  return { stackFolder, remove: () => rm(folder, { recursive: true, force: true }) };
}

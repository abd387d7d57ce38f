/**
 * A local cloud with its defaults, as `execute.ts` boots it, and runs on it. The observation of a run must cost almost nothing. So it asks
 * for the end of an execution once a second, and reads only those lines of the workers that are about tasks.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installedPackages, openProcessorsFolder } from '../../../bundles/processors/folder';
import type { BatchProcessor, Execution, ExecutionDescription } from '../../../client';
import { type LocalCloud, startLocalCloud } from '../../../local/cloud';
import type { RequestRecord } from '../../../local/core/gateway';
import type { ExecutionInput } from '../../../runtime/contract';
import { synthesize } from '../../../scripts/local/synthesize';
import { connectLocal } from '../../../scripts/target/local-target';
import type { Round } from '../scenario';

export interface BenchCloudOptions {
  /** The folder for its bucket and its stack. Default: that of the round. */
  folder?: string;
  /** Settings of the stack, as BATCH_… variables. */
  settings: Record<string, string>;
  /** Seconds that S3 waits before each answer, for every client. Default 0. */
  s3Seconds?: number;
  onRequest?(record: RequestRecord): void;
}

export interface RunOptions {
  /** Called with the number of tasks that were begun, and of those that were completed. */
  onTask?(begun: number, completed: number): void;
  /** Called with a name of the slot that begins a task. */
  onBegin?(slot: string): void;
}

export interface BenchRun extends ExecutionDescription {
  execution: Execution;
  /** Seconds from the first task that a worker begins to the last one that a worker completes. */
  seconds: number;
}

interface TaskLine {
  message: string;
  timestamp: string;
  slot?: number;
}

const TASK_LINE = /"message":"(Processing task|Task completed|Task failed)"/;

export class BenchCloud {
  private onLine: (message: string, stream: string) => void = () => {};

  private closing?: Promise<void>;

  private constructor(
    readonly cloud: LocalCloud,
    readonly batch: BatchProcessor,
    /** The bucket's folder. */
    readonly folder: string,
  ) {}

  static async start(
    round: Round,
    { folder: root = round.folder, settings, s3Seconds = 0, onRequest }: BenchCloudOptions,
  ): Promise<BenchCloud> {
    const folder = join(root, 'bucket');
    mkdirSync(folder, { recursive: true });
    const environment = { ...process.env, ...settings };
    const stackFolder = await synthesize(join(root, 'stack'), {}, environment);
    let hear: (message: string, stream: string) => void = () => {};
    const cloud = await startLocalCloud({
      stackFolder,
      bucketFolder: folder,
      installedPackages: installedPackages(openProcessorsFolder()),
      // The bench does not wait for the work that workers still have.
      closeSeconds: 0,
      onLog: (_group, stream, message) => hear(message, stream),
      onRequest,
      ...(s3Seconds > 0 && {
        interceptResponse: ({ service }: { service: string }) =>
          service === 's3' ? delay(s3Seconds * 1000) : undefined,
      }),
    });
    const batch = connectLocal(cloud, folder);
    const started = new BenchCloud(cloud, batch, folder);
    round.atEnd(() => started.close());
    hear = (message, stream) => started.onLine(message, stream);
    return started;
  }

  /** Throws an Error unless this number of objects succeed. */
  async run(objects: number, input: ExecutionInput, { onTask, onBegin }: RunOptions = {}): Promise<BenchRun> {
    let [begun, completed, first, last] = [0, 0, Number.POSITIVE_INFINITY, 0];
    this.onLine = (message, stream) => {
      if (!TASK_LINE.test(message)) return;
      const line: TaskLine = JSON.parse(message);
      const at = Date.parse(line.timestamp);
      if (line.message === 'Processing task') {
        begun += 1;
        first = Math.min(first, at);
        onBegin?.(`${stream} ${line.slot}`);
      } else {
        completed += 1;
        last = Math.max(last, at);
      }
      onTask?.(begun, completed);
    };
    const execution = await this.batch.start(input, { check: false });
    const ended = await execution.wait({ intervalSeconds: 1 });
    const { succeeded } = await execution.results();
    if (succeeded !== objects)
      throw new Error(`${succeeded} of ${objects} objects succeeded: ${ended.status} ${ended.error ?? ''}`);
    return { ...ended, execution, seconds: (last - first) / 1000 };
  }

  /** A second call does nothing. */
  close(): Promise<void> {
    this.closing ??= this.cloud.close();
    this.batch.close();
    return this.closing;
  }
}

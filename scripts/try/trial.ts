/** A processor in a slot of its own, with local S3 as its only service. */
import { cpSync, createReadStream, existsSync, mkdtempSync } from 'node:fs';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { bundleRuntime } from '../../bundles';
import { installedPackages, openProcessorsFolder } from '../../bundles/processors/folder';
import { containerEnvironment } from '../../local/core/processes/processes';
import { makeTemporaryFolder, removeLeftovers } from '../../local/core/processes/temporary-folders';
import { type LocalS3, startS3 } from '../../local/s3-alone';
import { linkPackages } from '../../local/services/ecs/images';
import { contentTypeOf } from '../../local/services/s3/protocol/content-type';
import { processorProblem } from '../../runtime/check-processor';
import type { ObjectResult, Task } from '../../runtime/contract';
import { PREFIXES } from '../../runtime/prefixes';
import { Slots } from '../../runtime/worker/supervisor/slots';
import type { TaskError } from '../../runtime/worker/task-error';
import type { Config } from '../../stacks/settings/complete-config';
import { workerEnvironment } from '../../stacks/worker/worker-environment';
import { print, tell } from '../cli/terminal';
import { UsageError } from '../cli/usage-error';
import { parseParameters, type TypedParameters } from '../input/parameters';
import { describeFailure, describeLogLine, describeOutput } from './describe';
import type { FileToTry } from './files';

export interface TrialOptions {
  typed: TypedParameters;
  /** Waits for a debugger. */
  inspect: boolean;
  config: Config;
  /** Values of the setting `secrets`, by variable. */
  secrets: Record<string, string>;
  /** Folder for outputs. Default: a new one. */
  out?: string;
}

const BUCKET = 'try';
/** A debugger needs time, so no deadline applies. */
const NO_DEADLINE_SECONDS = 2_000_000;
const DEFAULT_SLOT_MEMORY_MIB = 2048;

export class Trial {
  /** Absolute path of the folder that outputs go to. */
  readonly outputs: string;
  private readonly s3: S3Client;

  private constructor(
    private readonly task: Omit<Task, 'objects'>,
    private readonly slots: Slots,
    private readonly server: LocalS3,
    private readonly folder: string,
    out: string | undefined,
  ) {
    this.outputs = out === undefined ? mkdtempSync(join(tmpdir(), `try-${task.processor}-`)) : resolve(out);
    this.s3 = new S3Client(server.clientConfig);
  }

  /** Throws a UsageError if there is no such processor, it does not load, or it does not take the parameters. */
  static async prepare(name: string, options: TrialOptions): Promise<Trial> {
    const { typed, inspect, config, secrets, out } = options;
    const { processors, worker } = bundleRuntime(config);
    const parameters = parseParameters(typed, processors[name]);
    const problem = processorProblem(processors, name, parameters);
    if (problem) throw new UsageError(problem);
    await removeLeftovers();
    const folder = makeTemporaryFolder('try');
    const workerFolder = copyWorker(worker.folder, name, join(folder, 'worker'), config);
    const server = await startS3({ [BUCKET]: join(folder, 'bucket') });
    const { objectTimeoutSeconds, slotMemoryMiB } = config;
    const slots = new Slots({
      slots: 1,
      slotMemoryMiB: slotMemoryMiB ?? DEFAULT_SLOT_MEMORY_MIB,
      objectsInFlight: 1,
      deadlineSeconds: inspect ? NO_DEADLINE_SECONDS : objectTimeoutSeconds,
      filename: join(workerFolder, 'slot.js'),
      environment: slotEnvironment(folder, server, config, secrets),
      nodeOptions: inspect ? ['--inspect-brk'] : [],
      onLine: (line) => tell(describeLogLine(line)),
    });
    const task = {
      bucket: BUCKET,
      output_bucket: BUCKET,
      execution: 'try',
      attempt: 1,
      output_prefix: PREFIXES.output,
      force: true,
      processor: name,
      parameters,
      deaths: 0,
    };
    return new Trial(task, slots, server, folder, out);
  }

  /** Whether it succeeded. Prints what came of it. Throws the signal's reason if it is aborted. */
  async run({ path, key, contentType }: FileToTry, signal: AbortSignal): Promise<boolean> {
    const { size } = await stat(path);
    await this.s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: key,
        Body: createReadStream(path),
        ContentLength: size,
        ContentType: contentType ?? contentTypeOf(key),
      }),
    );
    try {
      const lane = this.slots.open({ task: this.task, workerId: 'try', signal });
      const result = await lane.process(key).finally(() => lane.close());
      print([`${key}: ${result.status} in ${result.processing_time} s`]);
      for (const output of outputsOf(result)) await this.show(output);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      print(describeFailure(key, error as TaskError));
      return false;
    }
  }

  async close(): Promise<void> {
    await this.slots.close();
    this.s3.destroy();
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Copies an output to where the user finds it. */
  private async show({ key, record }: { key: string; record?: unknown }): Promise<void> {
    const file = join(this.outputs, key.slice(PREFIXES.output.length));
    await mkdir(dirname(file), { recursive: true });
    await copyFile(join(this.folder, 'bucket', key), file);
    const head = await this.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
    print(await describeOutput(file, head, record));
  }
}

function outputsOf({ outputs, processed_key: key, bytes_out: bytes }: ObjectResult) {
  return outputs ?? (key ? [{ key, bytes }] : []);
}

/** What the image has, as far as one processor needs it: a copy, so that nothing changes while it runs. */
function copyWorker(from: string, name: string, to: string, { processorsFolder }: Config): string {
  for (const path of ['slot.js', 'processors/versions.json', `processors/${name}`]) {
    cpSync(join(from, path), join(to, path), { recursive: true });
  }
  linkPackages(to, installedPackages(openProcessorsFolder(processorsFolder)));
  // Says whether Python needs the virtual environment.
  const requirements = 'processors/requirements.txt';
  if (existsSync(join(from, requirements))) cpSync(join(from, requirements), join(to, requirements));
  return to;
}

/** As a worker's container has it: nothing of the user's except where programs are. */
function slotEnvironment(
  folder: string,
  server: LocalS3,
  config: Config,
  secrets: Record<string, string>,
): Record<string, string> {
  return {
    ...containerEnvironment(folder),
    ...server.environment,
    ...workerEnvironment(config),
    ...secrets,
  };
}

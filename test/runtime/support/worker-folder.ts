/** A worker's folder with processors that a test writes, and slots of it: real processes, to which the test sends a worker's messages. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';
import { bundleWorker } from '../../../bundles';
import { OPTIONS } from '../../../bundles/esbuild';
import { ROOT } from '../../../root';
import type { ObjectResult, Task } from '../../../runtime/contract';
import { SLOT_VARIABLE } from '../../../runtime/processes';
import type { ObjectStage, SlotFailure, SlotMessage, SlotState } from '../../../runtime/worker/slot/messages';
import { writeFiles } from '../../support/files';
import type { Line } from './lines';
import { taskOf } from './task-cloud';

export interface WorkerFolder {
  folder: string;
  /** The file of the slot's bundle. */
  filename: string;
  remove(): Promise<void>;
}

/** `processors`: sources by path below processors/, such as `upper/index.ts`. */
export async function makeWorkerFolder(processors: Record<string, string>): Promise<WorkerFolder> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'worker-folder-')));
  const folder = join(base, 'worker');
  const bundle = bundleWorker().folder;
  await mkdir(folder);
  await copyFile(join(bundle, 'slot.js'), join(folder, 'slot.js'));
  const sources = join(base, 'processors');
  await mkdir(sources);
  await symlink(join(ROOT, 'runtime'), join(base, 'runtime'));
  writeFiles(sources, processors);
  const names = [...new Set(Object.keys(processors).map((path) => dirname(path)))];
  for (const name of names) {
    const { outputFiles } = await build({
      ...OPTIONS,
      absWorkingDir: base,
      entryPoints: { index: join(sources, name, 'index.ts') },
      outdir: join(sources, name),
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      target: 'node20',
      external: ['not-there'],
    });
    await mkdir(join(folder, 'processors', name), { recursive: true });
    for (const { path, contents } of outputFiles)
      await writeFile(join(folder, 'processors', name, path.slice(join(sources, name).length + 1)), contents);
  }
  const versions = Object.fromEntries(names.map((name) => [name, `${name}-files`]));
  await writeFile(join(folder, 'processors', 'versions.json'), JSON.stringify(versions));
  return {
    folder,
    filename: join(folder, 'slot.js'),
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

/** Bytes that a slot may read ahead. */
export const BUFFER_BYTES = 2 ** 20;

/** `isReturned`: the object had no turn. */
export type Answer = { isSpent?: boolean; isReturned?: true; result?: ObjectResult; failure?: SlotFailure };

export class TestSlot {
  readonly lines: Line[] = [];
  readonly states: SlotState[] = [];
  /** The stages of each object, by the number of its request. */
  readonly stages: [number, ObjectStage | 'done'][] = [];
  /** Output that is not a log line. */
  readonly strange: string[] = [];
  readonly scratchFolder: string;
  readonly slotId = randomUUID();
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private requests = 0;
  private watch = () => {};

  constructor(
    { filename }: WorkerFolder,
    private readonly processor: string,
    environment: NodeJS.ProcessEnv,
  ) {
    this.scratchFolder = join(tmpdir(), `slot-${this.slotId}`);
    this.child = spawn(process.execPath, [filename, this.scratchFolder, String(BUFFER_BYTES)], {
      detached: true,
      env: { ...process.env, [SLOT_VARIABLE]: this.slotId, ...environment },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc', 'pipe'],
    });
    createInterface(this.child.stdout as Readable).on('line', (line) => {
      if (line.startsWith('{')) this.lines.push(JSON.parse(line));
      else this.strange.push(line);
      this.watch();
    });
    this.child.on('message', (messages: SlotMessage[]) => {
      for (const message of messages) this.receive(message);
    });
    this.ended = once(this.child, 'exit');
  }

  private receive(message: SlotMessage): void {
    if ('state' in message) {
      this.states.push(message.state);
      return;
    }
    this.stages.push([message.id, 'stage' in message ? message.stage : 'done']);
    if (!('stage' in message)) this.waiting.get(message.id)?.(message);
  }

  /** Rejects if the slot ends first. */
  process(key: string, task: Partial<Task> = {}): Promise<Answer> {
    const id = this.requests;
    this.requests += 1;
    const { objects: _, ...rest } = { ...taskOf(key), processor: this.processor, ...task };
    this.child.send([{ id, task: rest, key, isRepeated: false, workerId: 'worker' }]);
    const answered = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    const ended = this.ended.then((end) => Promise.reject(new Error(`the slot has ended: ${end}`)));
    return Promise.race([answered, ended]);
  }

  async result(key: string, task?: Partial<Task>): Promise<ObjectResult> {
    const { result, failure } = await this.process(key, task);
    if (!result) throw new Error(`${failure?.error}: ${failure?.message}`);
    return result;
  }

  async failure(key: string, task?: Partial<Task>): Promise<SlotFailure> {
    const { result, failure } = await this.process(key, task);
    if (!failure) throw new Error(`it succeeded: ${JSON.stringify(result)}`);
    return failure;
  }

  /** Resolves with the first line that has that message. */
  said(message: string): Promise<Line> {
    return new Promise((resolve) => {
      this.watch = () => {
        const line = this.lines.find((one) => one.message === message);
        if (line) resolve(line);
      };
      this.watch();
    });
  }

  async close(): Promise<void> {
    if (this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null)
      process.kill(-this.child.pid, 'SIGKILL');
    await this.ended;
    await rm(this.scratchFolder, { recursive: true, force: true });
  }
}

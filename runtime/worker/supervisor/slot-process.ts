/** One process of a slot, from its start to its end. What it has in hand when it ends fails, by name. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { ObjectResult } from '../../contract';
import { LIFELINE } from '../slot/lifeline';
import type { ObjectRequest, SlotMessage } from '../slot/messages';
import { TaskError } from '../task-error';
import { killGroup, offerToOomKiller } from './process-group';

export interface SlotProcessOptions {
  /** The processor that the process belongs to. */
  processorName: string;
  /** What the process runs: JavaScript that speaks slot/messages.ts. */
  filename: string;
  /** Memory that the process and those that it starts may hold together, MiB. */
  memoryMiB: number;
}

/** The process has ended before it came to the object: another can process it as if nothing had happened. */
export class NotBegun extends Error {}

interface ObjectInHand {
  hasBegun: boolean;
  resolve(result: ObjectResult): void;
  reject(error: Error): void;
}

/** The rest of the limit is for buffers, native memory and child processes. */
const HEAP_SHARE = 0.75;
/** Of standard error: enough for what V8 says when the heap is full, and the stack that it adds. */
const LAST_WORDS = 8_192;
/** How long a process that has ended may keep its last words, or one that has hung up may take to end. */
const PATIENCE_MILLISECONDS = 1_000;

export class SlotProcess {
  /** Resolves when the process is gone, and with it all of its group. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private readonly inHand = new Map<number, ObjectInHand>();
  private readonly heapMiB: number;
  private objects = 0;
  private reason: TaskError | undefined;
  private isEnding = false;
  private isOver = false;
  private lastWords = '';

  constructor(readonly options: SlotProcessOptions) {
    const { processorName, filename, memoryMiB } = options;
    this.heapMiB = Math.floor(memoryMiB * HEAP_SHARE);
    this.child = spawn(process.execPath, [`--max-old-space-size=${this.heapMiB}`, filename, processorName], {
      // A group of its own: what it starts ends with it, and Ctrl-C in a terminal is for the worker.
      detached: true,
      // Log lines go where the worker's go. The last pipe is the slot's lifeline.
      stdio: ['ignore', 'inherit', 'pipe', 'ipc', 'pipe'],
    });
    const { child } = this;
    if (child.pid !== undefined) offerToOomKiller(child.pid);
    child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.lastWords = (this.lastWords + chunk).slice(-LAST_WORDS);
    });
    // Read, so that it closes with the process.
    (child.stdio[LIFELINE] as Duplex).on('error', () => {}).resume();
    child.on('message', (message) => this.receive(message as SlotMessage));
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(this.finish(`its process did not start: ${error.message}`)));
      child.once('exit', (code, signal) => {
        // What it has started.
        this.end();
        const finish = () => resolve(this.finish(this.describeEnd(code, signal)));
        // What left the group may keep standard error open.
        const impatience = setTimeout(finish, PATIENCE_MILLISECONDS);
        child.once('close', () => {
          clearTimeout(impatience);
          finish();
        });
      });
    });
    child.once('disconnect', () => {
      const impatience = setTimeout(() => this.end(), PATIENCE_MILLISECONDS);
      void this.ended.then(() => clearTimeout(impatience));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** False once it has ended, or is about to. */
  get canWork(): boolean {
    return !this.isEnding && this.child.connected;
  }

  /** Throws a TaskError, or NotBegun. */
  process(request: Omit<ObjectRequest, 'id'>): Promise<ObjectResult> {
    if (this.isOver) return Promise.reject(new NotBegun('it has ended'));
    const id = this.objects;
    this.objects += 1;
    return new Promise((resolve, reject) => {
      this.inHand.set(id, { hasBegun: false, resolve, reject });
      // A process that cannot be told has ended, which is heard of by itself.
      this.child.send({ ...request, id }, () => {});
    });
  }

  /** SIGKILL to the process and to what it has started. Objects in hand fail for the reason. */
  end(reason?: TaskError): void {
    this.isEnding = true;
    this.reason ??= reason;
    if (this.child.pid !== undefined) killGroup(this.child.pid);
  }

  private receive(message: SlotMessage): void {
    // The processor shares the process, and may send messages of its own.
    const object = this.inHand.get(message?.id);
    if (!object) return;
    if ('begun' in message) {
      object.hasBegun = true;
      return;
    }
    this.inHand.delete(message.id);
    if ('result' in message) object.resolve(message.result);
    else object.reject(new TaskError(message.failure.error, message.failure.message));
  }

  /** `end`: how, unless there is a reason. */
  private finish(end: string): void {
    if (this.isOver) return;
    this.isEnding = true;
    this.isOver = true;
    const error = this.reason ?? new TaskError('ProcessorCrashed', end);
    for (const { hasBegun, reject } of this.inHand.values())
      reject(hasBegun ? error : new NotBegun(error.message));
    this.inHand.clear();
  }

  private describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
    const end = signal ? `its process was ended by ${signal}` : `its process ended with exit code ${code}`;
    if (this.lastWords.includes('JavaScript heap out of memory'))
      return `${end}: out of memory, beyond ${this.heapMiB} MiB of heap`;
    return end;
  }
}

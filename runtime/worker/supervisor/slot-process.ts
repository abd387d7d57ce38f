/** One process of a slot, from its start to its end. The objects that it has in hand when it ends fail, with an error that says why. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ObjectResult } from '../../contract';
import { log } from '../../log';
import { SLOT_VARIABLE } from '../../processes';
import { configurationOf } from '../configuration';
import { type Redact, redactor } from '../redact';
import type { ObjectRequest, ObjectStage, SlotFailure, SlotMessage, SlotState } from '../slot/messages';
import { TaskError } from '../task-error';
import { endWithWorker } from './end-with-worker';
import { NotAtFault, ObjectsInHand } from './objects-in-hand';
import { endAllOf, killGroup, offerToOomKiller } from './process-group';
import { StandardError } from './standard-error';

export interface SlotProcessOptions {
  /** What the process runs: JavaScript that speaks slot/messages.ts. */
  filename: string;
  /** Memory that the process and those that it starts may hold together, MiB. */
  memoryMiB: number;
  /** Seconds that an object may take, without the time that it waits for others. */
  deadlineSeconds: number;
  environment: NodeJS.ProcessEnv;
  /** Options of Node.js. */
  nodeOptions: string[];
  /** Takes each line that it logs. Default: it goes to this process's standard output. */
  onLine?(line: string): void;
}

/** The rest of the limit is for buffers, native memory and child processes. */
const HEAP_SHARE = 0.75;
/**
 * V8 collects the whole heap for the first time when it is so large. It would begin at a few MiB, and the bytes of buffers count: a slot
 * would be collected for every 40 MiB that it reads.
 */
const INITIAL_HEAP_MIB = 64;
/** The share of the memory that may be read ahead, and as much again that may be written behind; and the most of each. */
const BUFFER_SHARE = 1 / 16;
const MAX_BUFFER_BYTES = 16 * 2 ** 20;
/** How long the standard error of a process that has ended may take to close, or a process that has closed its channel may take to end. */
const GRACE_MILLISECONDS = 1_000;

const DOING: Record<SlotState, string> = {
  loading: ' while it loaded the processor',
  setup: ' in the setup of the processor',
  ready: '',
};

export class SlotProcess {
  /** Resolves when the process is gone, and with it all that it has started and its files. */
  readonly ended: Promise<void>;
  private readonly id = randomUUID();
  private readonly scratchFolder = join(tmpdir(), `slot-${this.id}`);
  private readonly child: ChildProcess;
  private readonly inHand: ObjectsInHand;
  /** Not sent yet. */
  private requests: ObjectRequest[] = [];
  /** Of its first object's task, and of all others: what it is loaded and set up for. */
  private belongsTo?: { processor: string; configuration: string };
  private readonly heapMiB: number;
  private readonly redact: Redact;
  private state: SlotState = 'loading';
  private reason: TaskError | NotAtFault | undefined;
  /** MiB that it held at most, with what it has started, as far as anyone has looked. */
  peakMiB = 0;
  /** It has ended, or was told to. */
  isEnding = false;
  private isSpent = false;
  private isOver = false;
  private readonly standardError = new StandardError((line) => this.logLine(line));

  constructor(readonly options: SlotProcessOptions) {
    const { filename, memoryMiB, deadlineSeconds, environment, nodeOptions, onLine } = options;
    this.heapMiB = Math.floor(memoryMiB * HEAP_SHARE);
    this.redact = redactor(environment);
    this.inHand = new ObjectsInHand(deadlineSeconds, () => {
      const message = `not done after ${deadlineSeconds} s${DOING[this.state]}; its process was ended`;
      this.end(new TaskError('ProcessorTimeout', message));
    });
    const args = [
      `--max-old-space-size=${this.heapMiB}`,
      `--initial-heap-size=${Math.min(INITIAL_HEAP_MIB, this.heapMiB)}`,
      ...nodeOptions,
      filename,
      this.scratchFolder,
      String(Math.min(Math.floor(memoryMiB * 2 ** 20 * BUFFER_SHARE), MAX_BUFFER_BYTES)),
    ];
    this.child = spawn(process.execPath, args, {
      // A group of its own: what it starts ends with it, and Ctrl-C in a terminal is for the worker.
      detached: true,
      env: { ...environment, [SLOT_VARIABLE]: this.id },
      // Log lines go where the worker's go.
      stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'pipe', 'ipc'],
    });
    const { child } = this;
    if (child.pid !== undefined) {
      offerToOomKiller(child.pid);
      child.once('exit', endWithWorker(child.pid));
    }
    if (child.stdout && onLine) createInterface({ input: child.stdout }).on('line', onLine);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.standardError.hear(text));
    child.on('message', (messages) => this.receiveAll(messages));
    this.ended = this.untilGone().then((end) => this.finish(end));
    child.once('disconnect', () => {
      const deadline = setTimeout(() => this.end(), GRACE_MILLISECONDS);
      void this.ended.then(() => clearTimeout(deadline));
    });
  }

  /** Undefined before its first object. */
  get configuration(): string | undefined {
    return this.belongsTo?.configuration;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** False once it has ended, is about to, or has said that it is not fit for another object. */
  get canWork(): boolean {
    return !this.isEnding && !this.isSpent && this.child.connected;
  }

  /** An object has had its turn with the processor: it is loaded and set up. */
  get hasProcessed(): boolean {
    return this.inHand.hasProcessed;
  }

  /** How long an object may have the processor, by the last ones; undefined before the first is through. */
  get secondsPerTurn(): number | undefined {
    return this.inHand.secondsPerTurn;
  }

  /** `onStage`: called when the object enters a stage. Throws a TaskError, or NotAtFault. */
  process(request: Omit<ObjectRequest, 'id'>, onStage: (stage: ObjectStage) => void): Promise<ObjectResult> {
    if (this.isOver) return Promise.reject(new NotAtFault('it has ended'));
    const { task } = request;
    this.belongsTo ??= { processor: task.processor, configuration: configurationOf(task) };
    return new Promise((resolve, reject) => {
      const id = this.inHand.add({ key: request.key, onStage, resolve, reject });
      if (this.requests.push({ ...request, id }) === 1) queueMicrotask(() => this.sendRequests());
    });
  }

  /** SIGKILL to the process and to what it has started. The object that is at fault fails for the reason; for NotAtFault, none is. */
  end(reason?: TaskError | NotAtFault): void {
    this.isEnding = true;
    this.reason ??= reason;
    this.inHand.stopClock();
    if (this.child.pid !== undefined) killGroup(this.child.pid);
  }

  private get peakMemory(): Pick<ObjectResult, 'peak_memory_mib'> {
    return this.peakMiB > 0 ? { peak_memory_mib: Math.ceil(this.peakMiB) } : {};
  }

  private sendRequests(): void {
    const requests = this.requests;
    this.requests = [];
    // If the message cannot be sent, the process did not start or has ended, and its own event says so.
    if (this.child.connected) this.child.send(requests, () => {});
  }

  /** The processor shares the process, and may send messages of its own. */
  private receiveAll(messages: unknown): void {
    if (!Array.isArray(messages)) return;
    for (const message of messages) this.receive(message as SlotMessage);
  }

  private receive(message: SlotMessage): void {
    if (message === null || typeof message !== 'object') return;
    if ('state' in message) {
      if (message.state in DOING) this.state = message.state;
      return;
    }
    if (!this.inHand.has(message.id)) return;
    if ('stage' in message) {
      this.inHand.enter(message.id, message.stage);
      return;
    }
    if (!('isReturned' in message || 'result' in message || 'failure' in message)) return;
    const { resolve, reject } = this.inHand.remove(message.id);
    if ('isReturned' in message) {
      this.isSpent = true;
      reject(new NotAtFault('its process is spent'));
    } else {
      this.isSpent ||= message.isSpent;
      if ('result' in message) resolve({ ...message.result, ...this.peakMemory });
      else reject(taskErrorOf(message.failure));
    }
  }

  /** Returns it without secrets. */
  private logLine(text: string): string {
    const line = this.redact(text);
    const key = this.inHand.likelyKey;
    log.warn(line, { processor: this.belongsTo?.processor, ...(key !== undefined && { key }) });
    return line;
  }

  /** How it has ended. */
  private async untilGone(): Promise<string> {
    const { child } = this;
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(`its process did not start: ${error.message}`));
      child.once('exit', (code, signal) => {
        // What it has started.
        this.end();
        const finish = () => {
          this.standardError.hear('\n');
          resolve(this.describeEnd(code, signal));
        };
        // What left the group may keep standard error open. If the worker was busy for that long, the timer fires first: one
        // more turn of the event loop reads what has come meanwhile.
        const deadline = setTimeout(() => setImmediate(() => setImmediate(finish)), GRACE_MILLISECONDS);
        child.once('close', () => {
          clearTimeout(deadline);
          finish();
        });
      });
    });
  }

  /** `end`: how, unless there is a reason. */
  private async finish(end: string): Promise<void> {
    this.isEnding = true;
    if (this.child.pid !== undefined) endAllOf(this.child.pid, this.id);
    await rm(this.scratchFolder, { recursive: true, force: true }).catch(() => {});
    this.isOver = true;
    this.inHand.end(this.reason ?? new TaskError('ProcessorCrashed', end));
  }

  private describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal ? `its process was ended by ${signal}` : `its process ended with exit code ${code}`;
    const end = how + DOING[this.state];
    const { isOutOfHeap, reason } = this.standardError;
    if (isOutOfHeap) return `${end}: out of memory, beyond ${this.heapMiB} MiB of heap`;
    return reason ? `${end}: ${reason}` : end;
  }
}

function taskErrorOf({ error, message, stack }: SlotFailure): TaskError {
  return new TaskError(error, message, stack);
}

/**
 * The processes that evaluate expressions. A process serves one owner (an execution with its map's children) at a time,
 * and an owner has one process at a time, so an endless expression delays only its own execution. The owners take
 * turns. Threads do not work: V8 ends the whole process if one of them allocates a single large array or string.
 */
import { constants } from 'node:os';
import { readLines } from '../../../../core/processes/lines';
import { type Child, Processes } from '../../../../core/processes/processes';
import { after } from '../../time/timers';
import type { Outcome } from './evaluator';
import type { Job } from './evaluator-process';
import {
  MAX_HEAP_MEGABYTES,
  MAX_VALUE_BYTES,
  MEMORY_EXCEEDED,
  STACK_EXCEEDED,
  TIME_EXCEEDED,
  TIMEOUT_SIGNAL,
} from './limits';

const MAX_PROCESSES = 4;
/** Of these, how many may evaluate expressions that exceeded a limit before: thousands of executions may have one. */
const MAX_PROCESSES_OVER_LIMIT = MAX_PROCESSES - 1;
/** Expressions that are remembered. */
const MAX_OVER_LIMIT = 1_000;
/** The most bytes of a value with each character escaped. */
const MAX_OUTCOME_BYTES = 6 * MAX_VALUE_BYTES + 1024;
/** Jobs that a process is sent at once. */
const BATCH = 32;
/** An owner waits for a process this long before another process starts. */
const GROW_AFTER_MILLISECONDS = 100;

const CLOSED = new Error('The local cloud closes');

interface Request {
  job: Job;
  /** A process ended that had this job among others. */
  isSuspect?: boolean;
  owner: unknown;
  signal?: AbortSignal;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

interface Member {
  /** None while it starts. */
  child?: Child;
  /** Jobs sent and not answered, in order; all of one owner. */
  sent: Request[];
}

export class Pool {
  private processes?: Processes;
  private readonly members = new Set<Member>();
  /** Waiting jobs by owner; the next owner comes first. */
  private readonly waiting = new Map<unknown, Request[]>();
  /** Texts of expressions that passed a limit when they were evaluated last. */
  private readonly overLimit = new Set<string>();
  private cancelGrowth?: () => void;
  private closed = false;

  /** Starts the first process before there is a job for it. */
  prepare(): void {
    if (this.members.size === 0 && !this.closed) void this.serve();
  }

  /** Resolves with the outcome in a process; rejects with a LimitExceeded, or with the signal's reason at once. */
  run(job: Job, owner: unknown, signal?: AbortSignal): Promise<Outcome> {
    return new Promise<Outcome>((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.closed) throw CLOSED;
      const aborted = () => reject(signal?.reason);
      const settled = () => signal?.removeEventListener('abort', aborted);
      signal?.addEventListener('abort', aborted, { once: true });
      const isNext = this.enqueue({
        job,
        owner,
        signal,
        resolve: (outcome) => {
          settled();
          resolve(outcome);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      if (isNext) this.dispatch();
    });
  }

  /** Ends the processes and rejects their jobs. */
  async close(): Promise<void> {
    this.closed = true;
    this.cancelGrowth?.();
    this.rejectWaiting(CLOSED);
    for (const { sent } of this.members) for (const { reject } of sent.splice(0)) reject(CLOSED);
    await this.processes?.close();
  }

  private rejectWaiting(reason: unknown): void {
    for (const requests of this.waiting.values()) for (const { reject } of requests) reject(reason);
    this.waiting.clear();
  }

  /** Returns whether it is the next one of its owner: behind another one, it waits for what that waits for. */
  private enqueue(request: Request): boolean {
    const waiting = this.waiting.get(request.owner);
    if (waiting) waiting.push(request);
    else this.waiting.set(request.owner, [request]);
    return !waiting;
  }

  private dispatch(): void {
    for (;;) {
      const owner = this.nextOwner();
      if (owner === undefined) return;
      const free = [...this.members].find(({ child, sent }) => child && sent.length === 0);
      if (!free) {
        this.grow();
        return;
      }
      const requests = this.waiting.get(owner) ?? [];
      const batch = requests.splice(0, this.batchSize(requests));
      // The others come first now.
      this.waiting.delete(owner);
      if (requests.length > 0) this.waiting.set(owner, requests);
      this.send(free, batch);
    }
  }

  /** Jobs to send at once. One that may end its process goes alone, so that it is known which one did. */
  private batchSize(requests: Request[]): number {
    const isAlone = ({ job, isSuspect }: Request) => isSuspect === true || this.overLimit.has(job.text);
    const first = requests.slice(0, BATCH).findIndex(isAlone);
    return first < 0 ? BATCH : Math.max(first, 1);
  }

  /** Whose turn it is: of those with an expression that may be at its limit again, only if a process is left for the others. */
  private nextOwner(): unknown {
    const current = [...this.members].flatMap(({ sent }) => sent[0] ?? []);
    const served = new Set(current.map(({ owner }) => owner));
    const isOverLimit = ({ job }: Request) => this.overLimit.has(job.text);
    const isFull = current.filter(isOverLimit).length >= MAX_PROCESSES_OVER_LIMIT;
    for (const [owner, [first]] of this.waiting) {
      if (!served.has(owner) && first && !(isFull && isOverLimit(first))) return owner;
    }
    return undefined;
  }

  private judge({ job }: Request, isOverLimit: boolean): void {
    this.overLimit.delete(job.text);
    if (!isOverLimit) return;
    if (this.overLimit.size >= MAX_OVER_LIMIT) this.overLimit.clear();
    this.overLimit.add(job.text);
  }

  private send({ child, sent }: Member, requests: Request[]): void {
    let lines = '';
    for (const request of requests) {
      if (request.signal?.aborted) continue;
      try {
        lines += `${JSON.stringify(request.job)}\n`;
        sent.push(request);
      } catch {
        // A value nests deeper than JSON can be written.
        request.reject(STACK_EXCEEDED);
      }
    }
    if (lines !== '') child?.channel?.write(lines);
  }

  /** The first process starts at once, another one if an owner waits for long. */
  private grow(): void {
    const starting = [...this.members].some(({ child }) => !child);
    if (starting || this.members.size >= MAX_PROCESSES || this.cancelGrowth) return;
    if (this.members.size === 0) {
      void this.serve();
      return;
    }
    this.cancelGrowth = after(GROW_AFTER_MILLISECONDS, () => {
      this.cancelGrowth = undefined;
      if (this.waiting.size > 0) void this.serve();
    });
  }

  /** Starts a process and takes its answers until it ends. */
  private async serve(): Promise<void> {
    const member: Member = { sent: [] };
    this.members.add(member);
    try {
      member.child = await this.start((outcome) => {
        const done = member.sent.shift();
        if (done) this.judge(done, false);
        done?.resolve(outcome);
        if (member.sent.length === 0) this.dispatch();
      });
      this.dispatch();
      const { exitCode } = await member.child.ended;
      this.members.delete(member);
      const { sent } = member;
      const [only] = sent;
      if (only && sent.length === 1) {
        this.judge(only, true);
        only.reject(reasonOf(exitCode));
      } else {
        for (const request of sent) this.enqueue(Object.assign(request, { isSuspect: true }));
      }
    } catch (error) {
      this.members.delete(member);
      this.rejectWaiting(error);
    }
    this.dispatch();
  }

  private async start(onOutcome: (outcome: Outcome) => void): Promise<Child> {
    this.processes ??= new Processes();
    const { processes } = this;
    const [program = '', watchdog = ''] = ['evaluator-process.ts', 'watchdog.ts'].map((file) =>
      processes.compile(`local/services/states/language/expressions/${file}`),
    );
    const child = await processes.start({
      command: ['node', `--max-old-space-size=${MAX_HEAP_MEGABYTES}`, program, watchdog, `${process.pid}`],
      // A core dump, if the system is set to write one, goes with the temporary files.
      cwd: processes.makeFolder('evaluator-'),
      environment: {},
      hasChannel: true,
      onLine: () => undefined,
    });
    if (child.channel)
      readLines(child.channel, MAX_OUTCOME_BYTES, (line) => onOutcome(JSON.parse(line ?? '{}')));
    return child;
  }
}

function reasonOf(exitCode: number): Error {
  if (exitCode === 128 + constants.signals[TIMEOUT_SIGNAL]) return TIME_EXCEEDED;
  if (exitCode > 128) return MEMORY_EXCEEDED;
  return new Error(`The process that evaluates expressions ended with code ${exitCode}`);
}

/**
 * Runs in a process of its own, which a limit may end: evaluates what the pool sends, one after the other. The channel to the
 * pool is inherited: one JSON document a line, a `Job` in, an `Outcome` out. Outcomes are written together, since a write costs more than
 * most evaluations.
 */
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { EvaluationLimits } from './evaluation-limits';
import { Evaluator } from './evaluator';
import type { WatchdogData } from './watchdog';

/** A text to evaluate with variables by name, or without them, only to parse. */
export interface Job {
  text: string;
  bindings?: Record<string, unknown>;
}

/** Outcomes are written after an evaluation that ends this long after the last write, or when they have this many characters. */
const MAX_WAIT_MILLISECONDS = 20;
const MAX_WAITING = 65_536;

const [, , watchdog = '', parent] = process.argv;
/** The number of the job under way, 0 while there is none. */
const current = new Int32Array(new SharedArrayBuffer(4));
const workerData: WatchdogData = { current, parent: Number(parent) };
// It keeps the process until the pool, or what was loaded before this, ends it: the channel's end alone would leave the folder of a local cloud
// that was killed.
new Worker(watchdog, { workerData });

const channel = new Socket({ fd: 4 });
const evaluator = new Evaluator(new EvaluationLimits());
let number = 0;
let open = 0;
let last = Promise.resolve();
let outcomes = '';
let writtenAt = 0;

createInterface({ input: channel, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
  open += 1;
  last = last.then(() => perform(JSON.parse(line)));
});

async function perform({ text, bindings }: Job): Promise<void> {
  number = number === 0x7fffffff ? 1 : number + 1;
  if (Atomics.exchange(current, 0, number) === 0) Atomics.notify(current, 0);
  const outcome = bindings ? await evaluator.evaluate(text, bindings) : evaluator.parse(text);
  outcomes += `${JSON.stringify(outcome)}\n`;
  open -= 1;
  if (open === 0 || isDue()) await write();
  if (open === 0) Atomics.store(current, 0, 0);
}

function isDue(): boolean {
  return outcomes.length >= MAX_WAITING || performance.now() - writtenAt > MAX_WAIT_MILLISECONDS;
}

async function write(): Promise<void> {
  const text = outcomes;
  outcomes = '';
  await new Promise<void>((resolve) => channel.write(text, () => resolve()));
  writtenAt = performance.now();
}

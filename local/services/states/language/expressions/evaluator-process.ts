/**
 * Runs in a process of its own, which a limit may end: evaluates what the pool sends, one after the other. The channel to the
 * pool is inherited: one JSON document a line, a `Job` in, an `Outcome` out. Each answer has left before the next evaluation begins, so that the pool knows what this process was at when it ended.
 */
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { Evaluator } from './evaluator';
import { Guard } from './guard';
import type { WatchdogData } from './watchdog';

/** A text to evaluate with variables by name, or without them, only to parse. */
export interface Job {
  text: string;
  bindings?: Record<string, unknown>;
}

const [, , watchdog = '', parent] = process.argv;
/** The number of the job under way, 0 while there is none. */
const current = new Int32Array(new SharedArrayBuffer(4));
const workerData: WatchdogData = { current, parent: Number(parent) };
new Worker(watchdog, { workerData }).unref();

const channel = new Socket({ fd: 4 });
const evaluator = new Evaluator(new Guard());
let number = 0;
let open = 0;
let last = Promise.resolve();

createInterface({ input: channel, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
  open += 1;
  last = last.then(() => perform(JSON.parse(line)));
});

async function perform({ text, bindings }: Job): Promise<void> {
  number = number === 0x7fffffff ? 1 : number + 1;
  if (Atomics.exchange(current, 0, number) === 0) Atomics.notify(current, 0);
  const outcome = bindings ? await evaluator.evaluate(text, bindings) : evaluator.parse(text);
  await new Promise<void>((resolve) => channel.write(`${JSON.stringify(outcome)}\n`, () => resolve()));
  open -= 1;
  if (open === 0) Atomics.store(current, 0, 0);
}

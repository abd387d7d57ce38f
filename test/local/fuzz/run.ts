/** Sends odd inputs to a local cloud in a process of its own, and reports those that did harm. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { bodyInputs } from './body-inputs';
import { expressionInputs } from './expressions';
import { folderInputs } from './folder';
import { httpInputs } from './http';
import type { Input, Outcome, Target } from './input';
import { send } from './send';
import { signatureInputs } from './signatures';

/** The number of inputs of each kind, in a hundred inputs. */
const KINDS: [weight: number, inputs: (target: Target) => fc.Arbitrary<Input>][] = [
  [30, httpInputs],
  [25, signatureInputs],
  [30, bodyInputs],
  [10, folderInputs],
  [5, expressionInputs],
];

/** A hundred times as long as an answer takes on a busy machine. */
const PATIENCE_MILLISECONDS = 60_000;

export interface Report {
  inputs: number;
  /** The number of answers, by their status. */
  statuses: Record<string, number>;
  /** One line for each input that did harm. */
  problems: string[];
}

/** One input for each seed, from `first` on. `onInput` is called after each. */
export async function fuzz(
  first: number,
  count: number,
  onInput: (report: Report) => void = () => {},
): Promise<Report> {
  const outside = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const report: Report = { inputs: 0, statuses: {}, problems: [] };
  let cloud: TestedCloud | undefined;
  try {
    for (let seed = first; seed < first + count; seed++) {
      cloud ??= await TestedCloud.start(outside);
      const [input] = fc.sample(cloud.inputs, { seed, numRuns: 1 });
      const problem = input && (await cloud.meets(input, report.statuses));
      report.inputs += 1;
      if (problem) {
        report.problems.push(`seed ${seed}: ${input?.what.slice(0, 600)}: ${problem}`);
        await cloud.kill();
        cloud = undefined;
      }
      onInput(report);
    }
    if (cloud) report.problems.push(...(await cloud.end()));
  } finally {
    await cloud?.kill();
    rmSync(outside, { recursive: true, force: true });
  }
  return report;
}

class TestedCloud {
  /** Made once: the lists of odd bodies are long. */
  readonly inputs: fc.Arbitrary<Input>;
  private readonly faults: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly target: Target,
    private readonly outside: string,
  ) {
    this.inputs = fc.oneof(...KINDS.map(([weight, make]) => ({ weight, arbitrary: make(target) })));
  }

  static async start(outside: string): Promise<TestedCloud> {
    const home = mkdtempSync(join(outside, 'cloud-'));
    const secretFile = join(home, 'outside', 'secret');
    const secret = 'only for those who may read this';
    mkdirSync(join(home, 'outside'));
    writeFileSync(secretFile, secret);
    const child = spawn(process.execPath, ['-r', 'ts-node/register', join(__dirname, 'cloud-process.ts')], {
      env: { ...process.env, TMPDIR: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [first] = await once(lines, 'line');
    const cloud = new TestedCloud(child, { ...JSON.parse(first), secretFile, secret }, join(home, 'outside'));
    lines.on('line', (line) => cloud.faults.push(JSON.parse(line).fault));
    return cloud;
  }

  /** The problem after this input; undefined if there is none. */
  async meets(input: Input, statuses: Record<string, number>): Promise<string | undefined> {
    try {
      const outcomes = await within(PATIENCE_MILLISECONDS, input.run(this.target));
      if (!outcomes) return 'it was not answered';
      for (const { status = 0, body } of outcomes) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status >= 500 && status !== 501) return `answered with ${status}: ${body?.slice(0, 300)}`;
      }
    } catch (error) {
      return this.ended() ?? (error as Error).message;
    }
    if (!(await within(PATIENCE_MILLISECONDS, this.isServing())))
      return this.ended() ?? 'afterwards nothing is served';
    return this.faults[0] ?? this.changedOutside();
  }

  /** Problems that show only when the local cloud stops. */
  async end(): Promise<string[]> {
    this.child.kill('SIGTERM');
    const ended = await within(PATIENCE_MILLISECONDS, once(this.child, 'exit'));
    if (!ended) return ['it does not stop'];
    return [...(ended[0] === 0 ? [] : [`it stopped with exit code ${ended[0]}`]), ...this.faults];
  }

  async kill(): Promise<void> {
    if (this.ended()) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private ended(): string | undefined {
    const { exitCode, signalCode } = this.child;
    return exitCode === null && signalCode === null
      ? undefined
      : `the process ended with ${exitCode ?? signalCode}`;
  }

  private async isServing(): Promise<Outcome | undefined> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AWSStepFunctions.ListActivities',
    };
    const body = Buffer.from('{}');
    const outcome = await send(this.target, { service: 'states', method: 'POST', path: '/', headers, body });
    return outcome?.status === 200 ? outcome : undefined;
  }

  private changedOutside(): string | undefined {
    const files = readdirSync(this.outside);
    const isWhole = files.length === 1 && readFileSync(this.target.secretFile, 'utf8') === this.target.secret;
    return isWhole && statSync(this.target.secretFile).isFile()
      ? undefined
      : `changed what is outside: ${files.join(', ')}`;
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  const late = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    work.catch(() => {});
  }
}

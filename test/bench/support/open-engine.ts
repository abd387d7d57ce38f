/** Starts the process of engine.ts, and pollers at it. */
import { join } from 'node:path';
import { ROOT } from '../../../root';
import type { Round } from '../scenario';
import { type Child, startListening } from './child';
import { type Pollers, startPollers } from './pollers';

export interface MapRequest {
  keys: number;
  /** Keys in a task. */
  batchSize: number;
  pollers: number;
}

export interface MapResult {
  /** Keys. */
  succeeded: number;
  /** Seconds of the Map Run, from its start until its results are written. */
  seconds: number;
  /** CPU seconds of the process, for the whole execution. */
  cpuSeconds: number;
  /** The most memory that the process has held since it started. */
  peakMebibytes: number;
}

interface Ready {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  activity: string;
}

export class Engine {
  private constructor(
    private readonly child: Child,
    private readonly ready: Ready,
  ) {}

  static async open(round: Round): Promise<Engine> {
    const args = ['-r', 'ts-node/register', join(ROOT, 'test', 'bench', 'support', 'engine.ts')];
    const child = startListening(round, process.execPath, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return new Engine(child, await child.answer<Ready>());
  }

  startPollers(round: Round, pollers: number): Promise<Pollers> {
    return startPollers(round, this.ready, pollers);
  }

  /** Runs the workflow over this number of keys. Throws an Error unless all succeed. */
  async runMap(request: MapRequest): Promise<MapResult> {
    const result = await this.child.ask<MapResult>(request);
    if (result.succeeded !== request.keys)
      throw new Error(`${result.succeeded} of ${request.keys} keys succeeded`);
    return result;
  }

  close(): void {
    this.child.close();
  }
}

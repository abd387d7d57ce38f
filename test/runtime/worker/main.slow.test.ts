/** The worker's process: the bundle of the image, with the environment that ECS would give it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { bundleRuntime } from '../../../bundles';
import type { Line } from '../support/lines';
import { TaskCloud } from '../support/task-cloud';

const SETTINGS = {
  ACTIVITY_ARN: 'arn',
  WORKER_SLOTS: '1',
  SLOT_OBJECTS_IN_FLIGHT: '8',
  HEARTBEAT_TIMEOUT_SECONDS: '60',
  OBJECT_TIMEOUT_SECONDS: '300',
  STOP_TIMEOUT_SECONDS: '120',
};

describe("the worker's process", () => {
  let bundle: string;
  let child: ChildProcess;
  before(() => {
    bundle = join(bundleRuntime().worker.folder, 'main.js');
  });
  afterEach(() => {
    child.kill('SIGKILL');
  });

  /** Starts it; `lines`: the lines that it logs. `ended`: its exit code, once all its lines have arrived. */
  const start = (environment: NodeJS.ProcessEnv) => {
    child = spawn(process.execPath, [bundle], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { stdout } = child;
    if (!stdout) throw new Error('it has a standard output');
    const lines: Line[] = [];
    let watch = () => {};
    createInterface(stdout).on('line', (line) => {
      lines.push(JSON.parse(line));
      watch();
    });
    const said = (message: string) =>
      new Promise<void>((resolve) => {
        watch = () => lines.some((line) => line.message === message) && resolve();
        watch();
      });
    return { lines, said, ended: once(child, 'close').then(([code]) => code) };
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`polls, and ends with 0 at ${signal} when it has stopped`, async () => {
      const cloud = await TaskCloud.boot({ activityPollSeconds: 1 });
      try {
        const { lines, said: hears, ended } = start({ ...SETTINGS, ACTIVITY_ARN: cloud.activityArn });
        await hears('Worker started');
        child.kill(signal);
        expect(await ended).to.equal(0);
        // A poll may be answered before the signal comes.
        const said = lines.map(({ message }) => message).filter((message) => message !== 'Worker connected');
        expect(said).to.deep.equal([
          'Worker started',
          'Worker draining',
          'Worker stopping',
          'Worker stopped',
        ]);
        expect(lines.find(({ message }) => message === 'Worker draining')).to.include({
          signal,
          grace_seconds: 90,
        });
      } finally {
        await cloud.close();
      }
    });
  }

  it('ends with 1 if it cannot work, and says why', async () => {
    const { lines, ended } = start({ ...SETTINGS, WORKER_SLOTS: 'none' });
    expect(await ended).to.equal(1);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'error', message: 'Worker cannot work', error: 'Error' });
    expect(lines[0]?.cause).to.match(/^Bad environment: WORKER_SLOTS: /);
  });
});

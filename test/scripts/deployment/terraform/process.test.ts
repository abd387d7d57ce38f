/** A process that replaces a slow Terraform shows which signals reach it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { ROOT } from '../../../../root';
import { ONE_SIGNAL_MILLISECONDS } from '../../../../scripts/deployment/terraform/process';
import { until } from '../../../support/until';

const STUBBORN = "trap 'echo INT' INT; echo ready; while kill -0 $PPID; do sleep 0.1; done";
const WILLING = "trap 'echo INT; exit 0' INT; echo ready; while kill -0 $PPID; do sleep 0.1; done";

describe('a run of Terraform', () => {
  let child: ChildProcess;
  /** It has ended, and its output was read. */
  let closed: Promise<unknown>;
  let output = '';

  async function start(script: string): Promise<void> {
    const args = JSON.stringify(['-c', script]);
    const code = `require('./scripts/deployment/terraform/process')
      .runTerraform('sh', ${args}, { environment: process.env, visible: true })
      .catch((error) => { console.error(error.message); process.exitCode = 1; });`;
    output = '';
    child = spawn(process.execPath, ['-r', 'ts-node/register', '-e', code], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    closed = once(child, 'close');
    await until(() => output.includes('ready'), 'the program to start');
  }
  const received = () => output.split('INT\n').length - 1;

  afterEach(() => child.kill('SIGKILL'));

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`gets SIGINT for ${signal}, once though npm repeats it, and no other signal`, async () => {
      await start(WILLING);
      for (let times = 0; times < 3; times += 1) child.kill(signal);
      await closed;
      expect(received()).to.equal(1);
      expect(output)
        .to.match(/Stopping: .*Ctrl-C again/)
        .and.match(/Stopped\. .*lock released: run this again/);
      expect(child.exitCode).to.equal(1);
    });
  }

  it('is forced by a second signal, and killed by a third', async () => {
    await start(STUBBORN);
    for (const times of [1, 2]) {
      child.kill('SIGINT');
      await until(() => received() === times, `signal ${times} to be passed on`);
      await delay(2 * ONE_SIGNAL_MILLISECONDS);
    }
    child.kill('SIGINT');
    await closed;
    expect(received()).to.equal(2);
    expect(output).to.include('Stopped by force');
    expect(child.exitCode).to.equal(1);
  });
});

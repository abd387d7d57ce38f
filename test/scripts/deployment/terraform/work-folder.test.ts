/** The lock that keeps a second deploy or cleanup of a checkout out, held by real processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { ROOT } from '../../../../root';
import { alone } from '../../../../scripts/deployment/terraform/work-folder';
import { failure } from '../../../support/failure';

const PREFIX = `lock-${process.pid}`;
const HOLDER = `require('./scripts/deployment/terraform/work-folder').alone('${PREFIX}', async () => {
  setInterval(() => {}, 1000);
  process.stdout.write('held');
  await new Promise(() => {});
});`;

describe('the lock of a deployment in a checkout', () => {
  let holder: ChildProcess;
  beforeEach(async () => {
    holder = spawn(process.execPath, ['-r', 'ts-node/register', '-e', HOLDER], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (holder.stdout) await once(holder.stdout, 'data');
  });
  afterEach(() => holder.kill('SIGKILL'));

  const second = () => failure(alone(PREFIX, async () => undefined));

  it('keeps a second one out, and names the process', async () => {
    expect((await second()).message).to.equal(
      `A deploy or cleanup of ${PREFIX} runs in this checkout already (pid ${holder.pid}): wait for its end.`,
    );
  });

  it('keeps a second one out while the first is suspended', async () => {
    holder.kill('SIGSTOP');
    expect((await second()).message).to.equal(
      `A deploy or cleanup of ${PREFIX} runs in this checkout already (it does not answer; Ctrl-Z may have suspended it): wait for its end.`,
    );
  });

  it('is free once the process is gone, after any end', async () => {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await alone(PREFIX, async () => 'done')).to.equal('done');
  });
});

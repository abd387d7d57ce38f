import { expect } from 'chai';
import type { Snapshot } from '../../../client';
import { WaitWatcher } from '../../../client/follow/waits';

const look = (seconds: number, more: Partial<Snapshot> = {}): Snapshot => ({
  phase: 'processing',
  status: 'RUNNING',
  seconds,
  workersRunning: 4,
  total: 100,
  done: seconds,
  failed: 0,
  tasksDone: 0,
  processingSeconds: seconds,
  ...more,
});
const storage = (count: number) => ({ failed: {}, retried: { StorageError: count }, interruptions: 0 });

describe('the wait of a run', () => {
  let watcher: WaitWatcher;
  const waits = (snapshot: Snapshot) => watcher.watch(snapshot).map(({ message }) => message);
  beforeEach(() => {
    watcher = new WaitWatcher(4);
  });

  it('does not exist while the run goes well', () => {
    expect(waits(look(0, { phase: 'provisioning', workersRunning: 0 }))).to.be.empty;
    for (const seconds of [10, 400, 800, 1200]) expect(waits(look(seconds))).to.be.empty;
    expect(waits(look(1210, { phase: 'deprovisioning', workersRunning: 0 }))).to.be.empty;
    expect(waits(look(1220, { phase: 'ended', workersRunning: undefined }))).to.be.empty;
  });

  it('is capacity, with the service’s own message, reported once', () => {
    const short = {
      phase: 'provisioning',
      workersRunning: 0,
      shortage: 'You have reached your vCPU limit',
    } as const;
    expect(waits(look(130, short))).to.deep.equal(['Waiting for workers: You have reached your vCPU limit']);
    expect(waits(look(145, short))).to.be.empty;
    expect(waits(look(160))).to.be.empty;
    expect(waits(look(170, short))).to.have.length(1);
  });

  it('is capacity, if some workers run and the others should', () => {
    expect(waits(look(100, { workersRunning: 1 }))).to.be.empty;
    expect(waits(look(310, { workersRunning: 1 }))).to.deep.equal([
      'Waiting for capacity: 1 of 4 workers run after 5 minutes. Those that run go on.',
    ]);
  });

  it('is a worker that has ended, and its heartbeat', () => {
    expect(waits(look(10))).to.be.empty;
    const [wait] = waits(look(20, { workersRunning: 3 }));
    expect(wait).to.match(/^1 of 4 workers ended\. .*heartbeat is missed \(heartbeatSeconds\)/);
    expect(waits(look(30, { workersRunning: 4 }))).to.be.empty;
  });

  it('is not a worker of another execution', () => {
    expect(waits(look(10, { workersRunning: 20 }))).to.be.empty;
    expect(waits(look(20, { workersRunning: 4 }))).to.be.empty;
  });

  it('is S3, while attempts fail because of it', () => {
    expect(waits(look(10, { tries: storage(0) }))).to.be.empty;
    expect(waits(look(20, { tries: storage(12) }))[0]).to.match(
      /^Workers wait for S3: .* 12 attempts \(StorageError\)/,
    );
    expect(waits(look(30, { tries: storage(20) }))).to.be.empty;
    expect(waits(look(40, { tries: storage(20) }))).to.be.empty;
    expect(waits(look(50, { tries: storage(21) }))).to.have.length(1);
  });

  it('is reported if no object ends for five minutes', () => {
    expect(waits(look(100, { done: 7 }))).to.be.empty;
    expect(waits(look(399, { done: 7 }))).to.be.empty;
    expect(waits(look(400, { done: 7 }))[0]).to.match(
      /^No object has ended for 5 minutes, with 4 workers running/,
    );
  });
});

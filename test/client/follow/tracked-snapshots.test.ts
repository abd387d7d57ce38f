import { expect } from 'chai';
import type { Snapshot } from '../../../client';
import { type TrackedSnapshot, trackSnapshots } from '../../../client/follow/tracked-snapshots';

const SHORTAGE = 'You have reached your vCPU limit';

/** A snapshot, this number of seconds after the start. */
const look = (seconds: number, more: Partial<Snapshot> = {}): Snapshot => ({
  phase: 'processing',
  status: 'RUNNING',
  seconds,
  workersRunning: 2,
  total: 100,
  done: 0,
  failed: 0,
  tasksDone: 0,
  processingSeconds: seconds,
  ...more,
});

async function track(given: Snapshot[]): Promise<TrackedSnapshot[]> {
  async function* snapshots() {
    yield* given;
  }
  const tracked: TrackedSnapshot[] = [];
  for await (const each of trackSnapshots(snapshots(), 2)) tracked.push(each);
  return tracked;
}

describe('a run that is followed', () => {
  it('has with each snapshot the values that follow from those before', async () => {
    const given = [
      look(0),
      look(30, { done: 30 }),
      look(40, { done: 40, phase: 'ended', status: 'SUCCEEDED' }),
    ];
    const tracked = await track(given);
    expect(tracked.map(({ snapshot }) => snapshot)).to.deep.equal(given);
    expect(tracked.map(({ progress }) => progress.rate)).to.deep.equal([undefined, 1, undefined]);
    expect(tracked.at(-1)?.progress.work).to.include({ workers: 2, objects: 40 });
  });

  it('reports a wait as long as it lasts, and its start once', async () => {
    const short = { shortage: SHORTAGE };
    const tracked = await track([look(130, short), look(140, { ...short, done: 1 }), look(150, { done: 2 })]);
    expect(tracked.map(({ waiting }) => waiting.length)).to.deep.equal([1, 1, 0]);
    expect(tracked.map(({ begun }) => begun.length)).to.deep.equal([1, 0, 0]);
  });
});

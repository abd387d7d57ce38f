import { expect } from 'chai';
import type { Snapshot } from '../../../client';
import { RunTracker } from '../../../client/follow/tracker';

/** A snapshot, this number of seconds after the start. */
const look = (seconds: number, more: Partial<Snapshot> = {}): Snapshot => ({
  phase: 'processing',
  status: 'RUNNING',
  seconds,
  workersRunning: 10,
  total: 1000,
  done: 0,
  failed: 0,
  tasksDone: 0,
  processingSeconds: seconds,
  ...more,
});

describe('the progress of a run', () => {
  it('has a rate and a time left from the current rate, not from the average', () => {
    const tracker = new RunTracker(10);
    expect(tracker.track(look(0)))
      .to.include({ share: 0 })
      .and.not.have.any.keys('rate', 'secondsLeft');
    tracker.track(look(30, { done: 300 }));
    // A minute in which the run makes no progress.
    for (const seconds of [45, 60, 75, 90, 105]) tracker.track(look(seconds, { done: 300 }));
    expect(tracker.track(look(120, { done: 300 }))).to.include({ share: 0.3, rate: 0 });
    const { rate, secondsLeft } = tracker.track(look(135, { done: 450 }));
    expect(rate).to.equal(150 / 60);
    expect(secondsLeft).to.equal(550 / 2.5);
  });

  it('uses the last two snapshots if they are further apart than the window', () => {
    const tracker = new RunTracker(10);
    for (const [seconds, done] of [
      [0, 0],
      [100, 100],
      [200, 400],
    ] as const)
      tracker.track(look(seconds, { done }));
    expect(tracker.track(look(300, { done: 900 })).rate).to.equal(5);
  });

  it('begins at the start of the map, if the first snapshot is within the window', () => {
    const soon = new RunTracker(10);
    expect(soon.track(look(20, { done: 100 })).rate).to.equal(5);
    expect(soon.track(look(21, { done: 100 })).rate).to.equal(100 / 21);
    const late = new RunTracker(10);
    expect(late.track(look(3600, { done: 100 }))).not.to.have.any.keys('rate', 'secondsLeft');
    expect(late.track(look(3603, { done: 106 })).rate).to.equal(2);
  });

  it('has no share before the first object is known, and no rate before the map or after it', () => {
    const tracker = new RunTracker(10);
    const early = tracker.track(look(5, { phase: 'provisioning', total: 0 }));
    expect(early).not.to.have.any.keys('share', 'rate', 'secondsLeft');
    tracker.track(look(10, { done: 1 }));
    expect(tracker.track(look(20, { phase: 'deprovisioning', done: 1000 }))).not.to.have.any.keys('rate');
  });

  it('counts the time of workers: those that boot, those that run, and those that drain', () => {
    const tracker = new RunTracker(10);
    const seconds = (snapshot: Snapshot) => tracker.track(snapshot).work.workerSeconds;
    expect(seconds(look(60, { phase: 'provisioning', workersRunning: 0 }))).to.equal(600);
    expect(seconds(look(70, { workersRunning: 4, workersStarting: 2 }))).to.equal(660);
    // Other executions share the fleet.
    expect(seconds(look(80, { workersRunning: 25 }))).to.equal(760);
    const ended = look(90, { phase: 'ended', workersRunning: undefined });
    expect(seconds(ended)).to.equal(760 + 100 + 600);
    expect(seconds(ended)).to.equal(1460);
  });

  it('counts attempts: tasks, retries and interruptions', () => {
    const tries = { failed: { PermanentError: 1 }, retried: { ProcessorError: 2 }, interruptions: 3 };
    const { work } = new RunTracker(1).track(look(10, { done: 20, tasksDone: 5, tries }));
    expect(work).to.include({ attempts: 5 + 2 + 3, objects: 20 });
  });
});

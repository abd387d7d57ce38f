import { mock } from 'node:test';
import { expect } from 'chai';
import { WORKER_METRICS } from '../../../runtime/metrics';
import { Metrics } from '../../../runtime/worker/metrics';
import { captureLines } from '../support/lines';
import { resultOf } from '../support/task-cloud';

describe("the worker's metrics", () => {
  const printed = captureLines();
  let metrics: Metrics;
  let lines: Record<string, unknown>[];
  beforeEach(() => {
    lines = [];
    metrics = new Metrics('workers', (line) => lines.push(JSON.parse(line)));
  });
  afterEach(() => metrics.close());

  it('count objects by outcome, and the bytes that were processed', () => {
    const skipped = resultOf('s', { status: 'skipped', bytes_in: 0, bytes_out: 0, processing_time: 9 });
    metrics.count({ results: [resultOf('a'), skipped, resultOf('b', { processing_time: 1 })], failed: 2 });
    metrics.count({ results: [skipped], failed: 1 });
    metrics.close();
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({
      ObjectsProcessed: 2,
      ObjectsSkipped: 2,
      ObjectsFailed: 3,
      BytesIn: 20,
      BytesOut: 6,
      SecondsPerObject: [0.5, 1],
      SlotsBusy: 0,
      Family: 'workers',
    });
  });

  it('are declared in the embedded metric format, if the line has them', () => {
    metrics.count({ results: [resultOf('a')], failed: 0 });
    mock.timers.enable({ apis: ['Date'], now: 1_795_000_000_123 });
    metrics.close();
    mock.timers.reset();
    metrics.count({ results: [], failed: 1 });
    metrics.close();
    const declared = lines.map(({ _aws }) => _aws as { Timestamp: number; CloudWatchMetrics: unknown[] });
    const all = Object.entries(WORKER_METRICS).map(([Name, Unit]) => ({ Name, Unit }));
    const directive = { Namespace: 'BatchProcessor', Dimensions: [['Family']] };
    expect(declared[0]?.CloudWatchMetrics).to.deep.equal([{ ...directive, Metrics: all }]);
    expect(declared[0]?.Timestamp).to.equal(1_795_000_000_123);
    const withoutSeconds = all.filter(({ Name }) => Name !== 'SecondsPerObject');
    expect(declared[1]?.CloudWatchMetrics).to.deep.equal([{ ...directive, Metrics: withoutSeconds }]);
    expect(lines[1])
      .to.include({ ObjectsProcessed: 0, ObjectsFailed: 1 })
      .and.not.have.property('SecondsPerObject');
  });

  it('say how many slots were busy at once since the line before, no matter how short the tasks were', () => {
    metrics.close();
    expect(lines).to.deep.equal([]);
    metrics.slotTaken();
    metrics.slotFreed();
    metrics.close();
    metrics.slotTaken();
    metrics.slotTaken();
    metrics.slotFreed();
    metrics.close();
    metrics.slotFreed();
    metrics.close();
    metrics.close();
    expect(lines.map(({ SlotsBusy }) => SlotsBusy)).to.deep.equal([1, 2, 1]);
  });

  it('say every minute that a worker is idle, so that it differs from a worker that is gone', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const idle = new Metrics('workers', (line) => lines.push(JSON.parse(line)));
    mock.timers.tick(120_000);
    idle.close();
    mock.timers.reset();
    expect(lines).to.have.length(2);
    expect(lines[1]).to.include({ SlotsBusy: 0, ObjectsProcessed: 0, ObjectsFailed: 0, Family: 'workers' });
    expect(lines[1]).not.to.have.property('SecondsPerObject');
  });

  it('are written early if a line would have more than 100 values', () => {
    metrics.count({ results: Array.from({ length: 101 }, (_, index) => resultOf(String(index))), failed: 0 });
    expect(lines).to.have.length(1);
    expect(lines[0]?.SecondsPerObject).to.have.length(100);
    metrics.close();
    expect(lines.map(({ ObjectsProcessed }) => ObjectsProcessed)).to.deep.equal([100, 1]);
  });

  it('are written once a minute, until they are closed', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const minutely = new Metrics('workers', (line) => lines.push(JSON.parse(line)));
    minutely.count({ results: [], failed: 1 });
    mock.timers.tick(59_999);
    expect(lines).to.have.length(0);
    mock.timers.tick(1);
    expect(lines).to.have.length(1);
    minutely.close();
    minutely.count({ results: [], failed: 1 });
    mock.timers.tick(60_000);
    mock.timers.reset();
    expect(lines).to.have.length(1);
  });

  it('are lines of standard output', () => {
    const real = new Metrics('workers');
    real.count({ results: [], failed: 1 });
    real.close();
    expect(printed.map(({ ObjectsFailed }) => ObjectsFailed)).to.deep.equal([1]);
  });
});

/** The figures of a run: the content of a report, in a size that does not grow with the run. */
import { expect } from 'chai';
import { FiguresCollector } from '../../../client/figures/collector';
import { type ObservedObject, observed } from '../../../client/figures/observed-object';

const START = Date.parse('2026-11-23T10:00:00Z');

const success = (more: Partial<ObservedObject> = {}): ObservedObject => ({
  key: 'a',
  status: 'success',
  endedAt: START + 1000,
  seconds: 1,
  bytesIn: 10,
  bytesOut: 5,
  worker: 'w',
  slot: 1,
  attempt: 1,
  ...more,
});

function figuresOf(objects: Iterable<ObservedObject>) {
  const collector = new FiguresCollector();
  for (const object of objects) collector.add(object);
  return collector.figures;
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

describe('the figures of a run', () => {
  it('count objects, bytes, retries and workers, and give the time', () => {
    const figures = figuresOf([
      success({ attempt: 2 }),
      success({ worker: 'x', endedAt: START + 5000, seconds: 3 }),
      success({ status: 'skipped', bytesIn: 0, bytesOut: 0, seconds: 0 }),
      { key: 'b', status: 'failed', error: 'ProcessorError', message: 'no' },
      { key: 'c', status: 'done' },
      { key: 'd', status: 'pending' },
    ]);
    expect(figures.counts).to.deep.equal({ success: 2, skipped: 1, failed: 1, done: 1, pending: 1 });
    expect(figures).to.include({
      bytesIn: 20,
      bytesOut: 10,
      retried: 1,
      workers: 2,
      from: START,
      to: START + 5000,
    });
  });

  it('count the objects that ended in each column of time, in any order of arrival', () => {
    const ends = Array.from({ length: 3600 }, (_, index) => START + ((index * 7919) % 3600) * 1000);
    const { throughput } = figuresOf(ends.map((endedAt) => success({ endedAt, seconds: 0 })));
    expect(throughput.columns).to.be.within(80, 160);
    expect(throughput.success).to.have.length(throughput.columns);
    expect(sum(throughput.success)).to.equal(3600);
    expect(throughput.from).to.be.at.most(START);
    expect(throughput.from + throughput.columns * throughput.seconds * 1000).to.be.above(START + 3_599_000);
    const inner = throughput.success.slice(1, -1);
    expect(Math.min(...inner)).to.equal(throughput.seconds);
    expect(Math.max(...inner)).to.equal(throughput.seconds);
  });

  it('show how busy each slot was, and when an object of it failed', () => {
    const { timeline } = figuresOf([
      success({ slot: 2, endedAt: START + 4000, seconds: 4 }),
      success({ slot: 1, endedAt: START + 1000, seconds: 1 }),
      { ...success({ status: 'failed', slot: 1, endedAt: START + 4000, seconds: undefined }), error: 'E' },
    ]);
    expect(timeline.rows.map(({ slot, objects, failed }) => [slot, objects, failed])).to.deep.equal([
      [1, 2, 1],
      [2, 1, 0],
    ]);
    const [first, second] = timeline.rows;
    expect(first?.busy).to.match(/^z{8}0+$/);
    expect(second?.busy).to.match(/^z{32}0$/);
    expect(first?.failures).to.match(/^0{32}1$/);
    expect(second).not.to.have.property('failures');
  });

  it('show an object that takes hours as work all the time, and idle time as none', () => {
    const hours = 3 * 3600;
    const { timeline } = figuresOf([
      success({ endedAt: START + hours * 1000, seconds: hours }),
      success({ slot: 2, seconds: 1 }),
    ]);
    expect(timeline.columns).to.be.at.most(480);
    expect(timeline.rows[0]?.busy).to.match(/^.z+.?$/);
    expect(timeline.rows[1]?.busy).to.match(/^.0+$/);
  });

  it('have one row for each worker if there are many slots, and say how many workers are left out', () => {
    const some = Array.from({ length: 600 }, (_, index) =>
      success({ worker: `w${index >> 1}`, slot: (index % 2) + 1 }),
    );
    const byWorker = figuresOf(some).timeline;
    expect(byWorker.rows).to.have.length(300);
    expect(byWorker.hidden).to.equal(0);
    expect(byWorker.rows[0]).to.include({ objects: 2 }).and.not.have.property('slot');
    expect(byWorker.rows[0]?.busy).to.include('z');
    const many = Array.from({ length: 900 }, (_, index) =>
      success({ worker: `w${index >> 1}`, slot: index % 2 }),
    );
    expect(figuresOf(many).timeline).to.include({ hidden: 50 });
  });

  it('draw one row for each worker from results that name no slot', () => {
    const { rows } = figuresOf([
      success({ slot: undefined }),
      success({ slot: undefined, worker: 'x' }),
    ]).timeline;
    expect(rows.map(({ worker }) => worker)).to.deep.equal(['w', 'x']);
    expect(rows[0]).not.to.have.property('slot');
  });

  it('give the durations of objects, within 2 %, and count each object in one column', () => {
    const seconds = Array.from({ length: 1000 }, (_, index) => (index + 1) / 100);
    const { durations } = figuresOf(seconds.map((each) => success({ seconds: each })));
    expect(durations.count).to.equal(1000);
    expect(durations.mean).to.be.closeTo(5.005, 1e-9);
    expect(durations.p50).to.be.closeTo(5, 0.1);
    expect(durations.p90).to.be.closeTo(9, 0.18);
    expect(durations.p99).to.be.closeTo(9.9, 0.2);
    expect(durations.max).to.equal(10);
    expect(sum(durations.columns.map(({ count }) => count))).to.equal(1000);
    expect(durations.columns.length).to.be.within(20, 40);
    for (const { from, to, count } of durations.columns)
      expect(count).to.equal(seconds.filter((each) => each >= from && each < to).length, `${from} to ${to}`);
  });

  it('have durations that no object exceeds, also if all took no time', () => {
    const none = figuresOf([success({ seconds: 0 }), success({ seconds: 0 })]).durations;
    expect(none).to.include({ count: 2, mean: 0, p50: 0, p99: 0, max: 0 });
    expect(none.columns).to.have.length(1);
    expect(figuresOf([]).durations).to.deep.equal({
      count: 0,
      mean: 0,
      p50: 0,
      p90: 0,
      p99: 0,
      max: 0,
      columns: [],
    });
    // A skipped object takes only a check, and shows nothing of the processor.
    expect(figuresOf([success({ status: 'skipped' })]).durations.count).to.equal(0);
  });

  it('name the slowest objects', () => {
    const objects = Array.from({ length: 5000 }, (_, index) =>
      success({ key: `k${index}`, seconds: ((index * 7919) % 5000) / 10 }),
    );
    const { slowest } = figuresOf(objects);
    expect(slowest.map(({ seconds }) => seconds)).to.deep.equal(
      Array.from({ length: 100 }, (_, index) => (4999 - index) / 10),
    );
    expect(slowest[0]).to.deep.equal({
      key: slowest[0]?.key,
      seconds: 499.9,
      bytes: 10,
      attempt: 1,
      worker: 'w',
      slot: 1,
    });
  });

  it('group failures by error, the most frequent first, and list some of each', () => {
    const failed = (error: string, count: number, message = 'no') =>
      Array.from({ length: count }, (_, index) => ({
        key: `${error}${index}`,
        status: 'failed' as const,
        error,
        message,
      }));
    const { failures } = figuresOf([...failed('Rare', 1), ...failed('Often', 1000)]);
    expect(failures.map(({ error, count, objects }) => [error, count, objects.length])).to.deep.equal([
      ['Often', 1000, 200],
      ['Rare', 1, 1],
    ]);
    const long = figuresOf([...failed('Often', 1000, 'x'.repeat(20_000)), ...failed('Last', 1)]).failures;
    expect(long[0]?.objects.length).to.be.below(60);
    expect(long[1]?.objects).to.have.length(1);
  });

  it('stay small for a run of a hundred thousand objects', () => {
    function* objects() {
      for (let index = 0; index < 100_000; index += 1)
        yield success({
          key: `data/${index}`,
          endedAt: START + index * 10,
          seconds: 1 + (index % 17),
          worker: `worker-${index % 50}`,
          slot: (index % 2) + 1,
        });
    }
    expect(JSON.stringify(figuresOf(objects())).length).to.be.below(200_000);
  });
});

describe('an outcome', () => {
  it('is observed with its place and its time, if the results have them', () => {
    const result = {
      object_key: 'a',
      processed_key: 'processed/a',
      content: '',
      processing_time: 0.5,
      started_at: '2026-11-23T10:00:00.000Z',
      processed_at: '2026-11-23T10:00:01.000Z',
      worker_id: 'w',
      attempt: 1,
      bytes_in: 10,
      bytes_out: 5,
      status: 'success' as const,
    };
    expect(observed(result)).to.deep.equal(success({ seconds: 0.5, slot: undefined }));
    expect(observed({ ...result, slot: 3 }).slot).to.equal(3);
    expect(observed({ ...result, processed_at: '' }).endedAt).to.equal(undefined);
    const failure = { object_key: 'a', status: 'failed' as const, error: 'States.Timeout', message: '' };
    expect(observed(failure)).to.include({ status: 'failed', error: 'States.Timeout', worker: undefined });
    expect(observed(failure)).to.include({ endedAt: undefined });
    const placed = { ...failure, worker_id: 'w', slot: 1, attempt: 4, ended_at: '2026-11-23T10:00:01Z' };
    expect(observed(placed)).to.include({ worker: 'w', slot: 1, attempt: 4, endedAt: START + 1000 });
    const begun = { ...placed, started_at: '2026-11-23T09:59:31.000Z' };
    expect(observed(begun)).to.include({ endedAt: START + 1000, seconds: 30 });
    expect(observed({ object_key: 'a', status: 'pending' })).to.deep.equal({ key: 'a', status: 'pending' });
  });
});

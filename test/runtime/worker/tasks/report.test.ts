import { expect } from 'chai';
import type { ObjectResult, TaskFailureCause } from '../../../../runtime/contract';
import {
  outcomeReport,
  type TaskFailure,
  type TaskSuccess,
  taskFailure,
} from '../../../../runtime/worker/tasks/report';
import { taskOf } from '../../support/task-cloud';

const PLACE = { worker_id: 'w', slot: 2, attempt: 3 };

function result(key: string, content = ''): ObjectResult {
  return {
    object_key: key,
    processed_key: `processed/${key}`,
    content,
    processing_time: 0.123,
    started_at: '2026-11-23T10:00:00.000Z',
    processed_at: '2026-11-23T10:00:00.123Z',
    worker_id: '0123456789abcdef0123456789abcdef',
    attempt: 1,
    bytes_in: 1_000_000,
    bytes_out: 1_000,
    status: 'success',
  };
}

const successOutput = (results: ObjectResult[]) =>
  (outcomeReport({ results, failures: [], failedItems: [] }, PLACE) as TaskSuccess).output;
const outcomeFailure = (...answer: Parameters<typeof outcomeReport>) =>
  outcomeReport(...answer) as TaskFailure;

describe("a task's report", () => {
  it('keeps previews if they fit', () => {
    const results = [result('a', 'the start')];
    expect(JSON.parse(successOutput(results))).to.deep.equal(results);
  });

  it('leaves previews out if the list would exceed 256 KiB', () => {
    const results = Array.from({ length: 400 }, (_, index) => result(`data/${index}`, 'ü'.repeat(256)));
    const output = successOutput(results);
    expect(Buffer.byteLength(output)).to.be.at.most(262_144);
    expect(JSON.parse(output)).to.deep.equal(results.map((one) => ({ ...one, content: '' })));
  });

  it('keeps previews to the last byte of 256 KiB', () => {
    const spare = 262_144 - Buffer.byteLength(JSON.stringify([result('a')]));
    const contentOf = (length: number) =>
      JSON.parse(successOutput([result('a', 'x'.repeat(length))]))[0].content;
    expect(contentOf(spare)).to.have.length(spare);
    expect(contentOf(spare + 1)).to.equal('');
  });

  const outputsOf = (count: number, record?: unknown) =>
    Array.from({ length: count }, (_, index) => ({
      key: `processed/data/a/page-${index}`,
      bytes: 1_000,
      ...(record !== undefined && { record }),
    }));

  it('leaves records out after the previews, and lists of outputs last', () => {
    const more = { content: 'p'.repeat(256), made_again: 'source' as const };
    const results = (count: number, record?: unknown): ObjectResult[] =>
      Array.from({ length: 2 }, () => ({ ...result('a'), ...more, outputs: outputsOf(count, record) }));
    const reported = (list: ObjectResult[]) => JSON.parse(successOutput(list));
    const bare = results(10).map((one) => ({ ...one, content: '' }));
    expect(reported(results(10, 'r'.repeat(1_000)))).to.deep.equal(results(10, 'r'.repeat(1_000)));
    expect(reported(results(10, 'r'.repeat(20_000)))).to.deep.equal(bare);
    const { outputs: _, ...without } = bare[0] as ObjectResult;
    expect(reported(results(5_000, 1))).to.deep.equal([without, without]);
  });

  it('leaves out last how long the processor had each object', () => {
    const timed = (count: number) =>
      Array.from({ length: count }, () => ({ ...result('k'.repeat(200)), processor_time: 0.1 }));
    const reported = (list: ObjectResult[]) => JSON.parse(successOutput(list));
    expect(reported(timed(370))).to.deep.equal(timed(370));
    expect(reported(timed(380))).to.deep.equal(timed(380).map(({ processor_time: _, ...one }) => one));
  });

  it('fits for the largest task that the workflow makes: 10,240 bytes of items', () => {
    for (const length of [2, 3, 6, 20, 50, 200, 1014]) {
      const item = (key: string) => JSON.stringify({ Key: key });
      const key = (index: number) => String(index).padStart(length, 'k');
      const count = Math.min(1000, Math.floor(10_240 / (item(key(0)).length + 1)));
      const results = Array.from({ length: count }, (_, index) => result(key(index), 'x'.repeat(256)));
      expect(Buffer.byteLength(successOutput(results)), `keys of ${length} bytes`).to.be.at.most(262_144);
    }
  });

  it('names the objects that failed, and counts the others', () => {
    const failures = [{ object_key: 'b', error: 'ObjectNotFound', message: 'gone' }];
    const failure = outcomeFailure(
      { results: [result('a'), { ...result('c'), status: 'skipped' }], failures, failedItems: [1] },
      PLACE,
    );
    expect(failure.error).to.equal('ObjectNotFound');
    expect(JSON.parse(failure.cause)).to.deep.equal({
      message: 'b: gone',
      ...PLACE,
      failed_items: [1],
      failed: failures,
      succeeded_count: 1,
      skipped_count: 1,
    });
  });

  it('is retryable if one of its failures is', () => {
    const failures = [
      { object_key: 'a', error: 'PermanentError', message: 'no' },
      { object_key: 'b', error: 'ProcessorError', message: 'not now' },
    ];
    expect(outcomeFailure({ results: [], failures, failedItems: [0, 1] }, PLACE).error).to.equal(
      'ProcessorError',
    );
  });

  it('counts succeeded and skipped objects separately', () => {
    const skipped = { ...result('c'), status: 'skipped' as const };
    const failures = [{ object_key: 'b', error: 'ObjectNotFound', message: 'gone' }];
    const answer = { results: [result('a'), skipped, skipped, skipped], failures, failedItems: [1] };
    const { cause } = outcomeFailure(answer, PLACE);
    expect(JSON.parse(cause)).to.include({ succeeded_count: 1, skipped_count: 3 });
  });

  it('fails as a whole if the task is abandoned: each object, in order, and none as done', () => {
    const failure = taskFailure(taskOf('a', 'b'), 'ProcessorCrashed', 'gone', 'w');
    expect(failure.error).to.equal('ProcessorCrashed');
    const failed = ['a', 'b'].map((object_key) => ({
      object_key,
      error: 'ProcessorCrashed',
      message: 'gone',
    }));
    expect(JSON.parse(failure.cause)).to.deep.equal({
      message: 'a: gone',
      worker_id: 'w',
      attempt: 1,
      failed_items: [0, 1],
      failed,
      succeeded_count: 0,
      skipped_count: 0,
    });
  });

  it('cuts a message at 2,000 characters, and says so', () => {
    const messageOf = (message: string) => {
      const failures = [{ object_key: 'a', error: 'ProcessorError', message }];
      return JSON.parse(outcomeFailure({ results: [], failures, failedItems: [0] }, PLACE).cause).failed[0]
        .message;
    };
    expect(messageOf('m'.repeat(2000))).to.equal('m'.repeat(2000));
    expect(messageOf('m'.repeat(2001))).to.equal(`${'m'.repeat(2000)}…`);
    const quotes = messageOf('"'.repeat(1001));
    expect(quotes).to.match(/^"+…$/);
    expect(JSON.stringify(quotes).length).to.be.within(1_700, 2_003);
  });

  it('gives the places of failures, as far as they fit', () => {
    const failureAt = (key: string, stack: string) => ({
      object_key: key,
      error: 'ProcessorError',
      message: 'm',
      stack,
    });
    const report = (count: number, stack: string) => {
      const failures = Array.from({ length: count }, (_, index) => failureAt(`k${index}`, stack));
      const { cause } = outcomeFailure({ results: [], failures, failedItems: [...failures.keys()] }, PLACE);
      expect(cause.length).to.be.at.most(32_768);
      return JSON.parse(cause) as TaskFailureCause;
    };
    expect(report(2, '    at a').failed).to.deep.equal([
      failureAt('k0', '    at a'),
      failureAt('k1', '    at a'),
    ]);
    expect(report(1, 's'.repeat(3_000)).failed[0]?.stack).to.equal(`${'s'.repeat(2_000)}…`);
    const { failed } = report(300, 's'.repeat(2_000));
    expect(failed).to.have.length(300);
    expect(failed.filter(({ stack }) => stack).length).to.be.within(1, 16);
    expect(failed[0]).to.have.property('stack');
  });

  it('keeps the details of a failure to the last character that fits', () => {
    const knownOf = (length: number) => {
      const failures = ['a', 'k'.repeat(length)].map((object_key) => ({
        object_key,
        error: 'ProcessorError',
        message: 'm',
      }));
      const { cause } = outcomeFailure({ results: [], failures, failedItems: [0, 1] }, PLACE);
      return { cause, known: JSON.parse(cause).failed.length };
    };
    const spare = 32_768 - knownOf(1).cause.length;
    // One character is reserved for a comma after each.
    expect(knownOf(spare).known).to.equal(2);
    expect(knownOf(spare).cause).to.have.length(32_767);
    expect(knownOf(spare + 1).known).to.equal(1);
  });

  it('gives the places of failures to the last character that fits', () => {
    const stacksOf = (length: number) => {
      const located = Array.from({ length: 15 }, (_, index) => ({
        object_key: `k${index}`,
        error: 'ProcessorError',
        message: 'm',
        stack: 's'.repeat(2_000),
      }));
      const last = { object_key: 'k'.repeat(length), error: 'ProcessorError', message: 'm' };
      const failures = [...located, last];
      const { cause } = outcomeFailure({ results: [], failures, failedItems: [...failures.keys()] }, PLACE);
      const { failed }: TaskFailureCause = JSON.parse(cause);
      return { length: cause.length, stacks: failed.filter(({ stack }) => stack).length };
    };
    const spare = 32_768 - stacksOf(1).length;
    expect(stacksOf(spare)).to.deep.equal({ length: 32_767, stacks: 15 });
    expect(stacksOf(spare + 1).stacks).to.equal(14);
  });

  const oversized: [string, number, string, string][] = [
    ['any number of failures', 1000, '0123456789'.repeat(10), 'gone'],
    ['any message', 1000, 'k', '"\n'.repeat(100_000)],
    [
      'a key and a message that JSON makes six times as long',
      1,
      '\u0001'.repeat(1014),
      '\u0002'.repeat(100_000),
    ],
  ];
  for (const [what, count, Key, message] of oversized) {
    it(`fits into 32,768 characters with ${what}, and names all that failed`, () => {
      const task = taskOf(...Array.from({ length: count }, () => Key));
      const { cause } = taskFailure(task, 'ProcessorTimeout', message, 'w');
      expect(cause.length).to.be.at.most(32_768);
      const parsed: TaskFailureCause = JSON.parse(cause);
      expect(parsed.failed_items).to.deep.equal([...task.objects.keys()]);
      expect(parsed.failed).to.not.have.length(0);
    });
  }
});

/** A slot that is almost done gets the next task. The workers are real, and S3 is as far away as that of AWS may be. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../../support/cloud';

const KEYS = Array.from({ length: 30 }, (_, index) => `in/${index}`);
const S3_MILLISECONDS = 30;

describe('a slot with two tasks', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  before(async () => {
    stack = await synthesizeForTest({ ...SMALL_FLEET, BATCH_MAX_WORKERS: '1' });
  });
  after(() => stack.remove());
  beforeEach(async () => {
    test = await TestCloud.start(stack.stackFolder, {
      workerEnvironment: { SIMULATE_SECONDS: '0' },
      interceptResponse: ({ service }) => (service === 's3' ? delay(S3_MILLISECONDS) : undefined),
    });
    await test.put(KEYS);
  });
  afterEach(() => test.close());

  /** The tasks that the slot had at the same time, by the names of their executions, after each line of the log. */
  const tasksInSlot = () => {
    const inSlot: string[] = [];
    return test.lines.map(({ message, execution }) => {
      if (message === 'Processing task') inSlot.push(String(execution));
      if (message === 'Task completed') inSlot.splice(inSlot.indexOf(String(execution)), 1);
      return [...inSlot];
    });
  };

  it('reads the objects of the next one while those of the first are written', async () => {
    const ended = await test.run({ worker_count: 1, prefix: 'in/' }, 'run');
    expect(ended.results).to.include({ succeeded: KEYS.length, failed: 0 });
    const most = Math.max(...tasksInSlot().map(({ length }) => length));
    expect(most).to.equal(2);
  });

  it('never has two tasks with different parameters', async () => {
    const input = { worker_count: 1, prefix: 'in/' };
    const inputs = [input, { ...input, parameters: { seconds: 0.001 }, output_prefix: 'processed/other/' }];
    const executions = await Promise.all(inputs.map((one, index) => test.begin(one, `run-${index}`)));
    const ended = await Promise.all(executions.map((execution) => test.end(execution)));
    for (const { results } of ended) expect(results).to.include({ succeeded: KEYS.length, failed: 0 });
    const executionsInSlot = tasksInSlot().map((tasks) => new Set(tasks).size);
    expect(Math.max(...executionsInSlot)).to.equal(1);
  });
});

/**
 * Runs whose processor misbehaves: real bundles, real processes, in the local cloud. The names are those of docs/reliability.md.
 */
import { expect } from 'chai';
import type { RequestHandle } from '../../local/core/gateway';
import { ServiceError } from '../../local/core/service';
import type { ExecutionInput, TaskFailureCause } from '../../runtime/contract';
import { type Ended, synthesizeForTest, TestCloud } from '../support/cloud';
import { noneLeft } from '../support/processes';
import { until } from '../support/until';

const KEYS = Array.from({ length: 6 }, (_, index) => `in/${index}`);
const OTHERS = KEYS.length - 1;

let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
let test: TestCloud;

let intercept: ((handle: RequestHandle) => void) | undefined;
let variables: string;

/** A cloud whose workers have these variables: the last one, if it has them. Each test has a worker and outputs of its own. */
function useCloud(workerEnvironment: Record<string, string> = {}): void {
  before(async () => {
    if (JSON.stringify(workerEnvironment) === variables) return;
    await test?.close();
    variables = JSON.stringify(workerEnvironment);
    test = await TestCloud.start(stack.stackFolder, {
      workerEnvironment,
      intercept: (handle) => intercept?.(handle),
    });
    await test.put([...KEYS, 'secret/0']);
  });
  afterEach(async () => {
    await test.fleetIsGone();
    test.lines.length = 0;
    intercept = undefined;
  });
}

/** Runs objects of which in/3 has the fault, in this number of attempts. */
async function begin(fault: string, input: Partial<ExecutionInput> = {}, attempts?: number): Promise<string> {
  const parameters = { seconds: 0, fault, fault_key: 'in/3', ...(attempts && { fault_attempts: attempts }) };
  const source = input.objects ? {} : { prefix: 'in/' };
  const output_prefix = `processed/${crypto.randomUUID()}/`;
  return test.begin({ worker_count: 1, ...source, parameters, output_prefix, ...input });
}

async function run(...args: Parameters<typeof begin>): Promise<Ended> {
  const ended = await test.end(await begin(...args));
  expect(ended, ended.cause).to.include({ status: 'SUCCEEDED' });
  return ended;
}

describe('reliability: the processor', () => {
  before(async () => {
    stack = await synthesizeForTest({
      BATCH_PROCESSOR: 'simulate',
      BATCH_SLOTS_PER_WORKER: '2',
      BATCH_OBJECT_TIMEOUT_SECONDS: '7200',
      BATCH_HEARTBEAT_SECONDS: '3600',
      BATCH_PROVISION_POLL_SECONDS: '1',
      BATCH_READ_PREFIXES: 'in/',
    });
  });
  after(async () => {
    await test.close();
    await stack.remove();
  });

  /** One task for all objects: the first attempt processes the other ones, and the second only skips them. */
  const costsOneObject = (fault: string, error: string, message: RegExp) =>
    it(`"${fault}": the object fails as ${error}, and is done by the next attempt; no other is affected`, async () => {
      const { results } = await run(fault, { batch_size: KEYS.length }, 1);
      expect(results).to.include({ succeeded: 1, skipped: OTHERS, failed: 0 });
      // A missed heartbeat would be States.HeartbeatTimeout, without a report of the worker.
      const [failed, ...others] = test.linesWith('Task failed');
      expect(others).to.deep.equal([]);
      expect(failed).to.include({ error });
      const cause: TaskFailureCause = JSON.parse(String(failed?.cause));
      expect(cause).to.include({ succeeded_count: OTHERS, skipped_count: 0 });
      expect(cause.failed.map(({ object_key }) => object_key)).to.deep.equal(['in/3']);
      expect(cause.failed[0]?.message).to.match(message);
      // An object that was being written when the process ended is made again.
      const processed = test.linesWith('S3 object processed successfully').map(({ key }) => key);
      expect(new Set(processed)).to.deep.equal(new Set(KEYS));
      expect(test.linesWith('Worker started')).to.have.length(1);
    });

  describe('the processor throws', () => {
    useCloud();

    it('3 retries, then that object counts as failed, with its error, message and place; the others go on', async () => {
      const { results } = await run('throw', { tolerated_failure_percentage: 20 });
      expect(results).to.include({ succeeded: OTHERS, failed: 1 });
      const [failed, ...others] = results.failures;
      expect(others).to.deep.equal([]);
      expect(failed).to.include({
        object_key: 'in/3',
        error: 'ProcessorError',
        message: 'Error: simulated',
      });
      expect(failed?.stack).to.match(/^ {4}at .*\(processors\/simulate\/faults\.ts:\d+:\d+\)\n/);
      expect(test.attemptsAt('in/3')).to.have.length(4);
    });
  });

  describe('the processor throws a permanent error; the object is gone; access is denied to it', () => {
    useCloud();

    it('no retry; failed with that name', async () => {
      const objects = ['in/3', 'in/gone', 'secret/0', 'in/1'].map((Key) => ({ Key }));
      const { results } = await run('permanent', { objects, tolerated_failure_percentage: 100 });
      expect(results).to.include({ succeeded: 1, failed: 3 });
      const errors = results.failures.map(({ object_key, error }) => [object_key, error]);
      expect(Object.fromEntries(errors)).to.deep.equal({
        'in/3': 'PermanentError',
        'in/gone': 'ObjectNotFound',
        'secret/0': 'ObjectAccessDenied',
      });
      expect(test.linesWith('Processing task')).to.have.length(objects.length);
    });

    it('no retry either if the output may not be written', async () => {
      intercept = ({ action, caller }) => {
        if (action === 'PutObject' && caller?.roleName?.includes('-worker-'))
          throw new ServiceError('AccessDenied', 'Access Denied', 403);
      };
      const input = { objects: [{ Key: 'in/0' }], tolerated_failure_percentage: 100 };
      const { results } = await run('none', input);
      expect(results.failures.map(({ error }) => error)).to.deep.equal(['ObjectAccessDenied']);
      expect(test.attemptsAt('in/0')).to.deep.equal([1]);
    });

    it('a batch in which one object fails keeps the others', async () => {
      const input = { batch_size: KEYS.length, tolerated_failure_percentage: 100 };
      const { results } = await run('permanent', input);
      expect(results).to.include({ succeeded: OTHERS, failed: 1 });
    });
  });

  describe('the processor crashes (a fault in native code, an exit)', () => {
    useCloud();

    costsOneObject('segfault', 'ProcessorCrashed', /^its process was ended by SIGSEGV$/);
    costsOneObject('exit', 'ProcessorCrashed', /^its process ended with exit code 1$/);

    it('at every attempt: that object is named in the results, and the tasks of others go on', async () => {
      const { results } = await run('segfault', { tolerated_failure_percentage: 20 });
      expect(results).to.include({ succeeded: OTHERS, failed: 1 });
      expect(results.failures).to.deep.equal([
        { object_key: 'in/3', error: 'ProcessorCrashed', message: 'its process was ended by SIGSEGV' },
      ]);
      expect(test.attemptsAt('in/3')).to.have.length(4);
      expect(test.linesWith('Worker started')).to.have.length(1);
    });
  });

  describe("the processor takes too much memory: heap, buffers, or so much that the kernel's OOM killer ends it", () => {
    useCloud({ SLOT_MEMORY_MIB: '192' });

    costsOneObject('heap-memory', 'ProcessorCrashed', /out of memory, beyond 144 MiB of heap$/);
    if (process.platform === 'linux') {
      const message = /^out of memory: its process held \d+ MiB, its limit is 192$/;
      costsOneObject('buffer-memory', 'ProcessorCrashed', message);
    }
    costsOneObject('killed', 'ProcessorCrashed', /^its process was ended by SIGKILL$/);
  });

  describe('the processor blocks its process for minutes, or never settles', () => {
    useCloud({ OBJECT_TIMEOUT_SECONDS: '10' });

    const message = /^not done after 10 s; its process was ended$/;
    costsOneObject('block', 'ProcessorTimeout', message);
    costsOneObject('hang', 'ProcessorTimeout', message);
  });

  describe('the processor leaves a child process', () => {
    useCloud({ OBJECT_TIMEOUT_SECONDS: '10' });

    it('it ends with the attempt, and the worker goes on', async () => {
      const children = () => test.processes(/^sleep /);
      const execution = await begin('child-process', { batch_size: KEYS.length }, 1);
      if (process.platform === 'linux') await until(() => children().length === 1, 'a child process runs');
      await test.logged(({ message }) => message === 'Task failed');
      await noneLeft(children);
      const { status, results } = await test.end(execution);
      expect(status).to.equal('SUCCEEDED');
      expect(results).to.include({ succeeded: 1, skipped: OTHERS, failed: 0 });
      expect(test.linesWith('Worker started')).to.have.length(1);
    });
  });
});

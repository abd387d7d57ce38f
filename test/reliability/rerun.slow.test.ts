/**
 * Runs again, after failures and after a crash, and whether the results and summaries that they use are true. The names are those of
 * docs/reliability.md.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { ExecutionInput, ObjectResult } from '../../runtime/contract';
import { findCloud } from '../../scripts/local/running-cloud';
import type { Summary } from '../../scripts/run/summary';
import { synthesizeForTest, TestCloud } from '../support/cloud';
import { filesBelow } from '../support/files';
import { noneLeft } from '../support/processes';
import { Workplace } from '../support/script';
import { until } from '../support/until';

const KEYS = Array.from({ length: 10 }, (_, index) => `in/${index}`);

let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
let workplace: Workplace;
let test: TestCloud;

/** A local cloud on the bucket that all tests share. `execute` finds it. */
async function start(workerEnvironment: Record<string, string> = {}): Promise<void> {
  test = await TestCloud.start(stack.stackFolder, { bucketFolder: workplace.bucket, workerEnvironment });
  await test.register();
}

/** The summary, or any other output of `execute.ts --json`. */
async function execute(...args: string[]): Promise<Summary> {
  const { stdout, stderr } = await workplace.run('execute.ts', [...args, ...workplace.here, '--json']);
  expect(stdout, stderr).to.match(/^\{.*\}\n$/);
  return JSON.parse(stdout);
}

/** The lines of the result files, as they are in the bucket: `name` is the execution's. */
function resultLines<T>(name: string, kind: 'SUCCEEDED' | 'FAILED' | 'PENDING'): T[] {
  const folder = join(workplace.bucket, 'results', name);
  return filesBelow(folder)
    .filter((file) => file.includes(`/${kind}_`))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Every key that the results name, with any status. */
function namedKeys(name: string): string[] {
  const children = [
    ...resultLines<{ Input: string }>(name, 'FAILED'),
    ...resultLines<{ Input: string }>(name, 'PENDING'),
  ];
  return [
    ...resultLines<ObjectResult>(name, 'SUCCEEDED').map(({ object_key }) => object_key),
    ...children.flatMap(({ Input }) => JSON.parse(Input).Items.map(({ Key }: { Key: string }) => Key)),
  ];
}

const nameOf = ({ execution }: Summary) => execution.slice(execution.lastIndexOf(':') + 1);

describe('reliability: runs again', () => {
  before(async () => {
    stack = await synthesizeForTest({ BATCH_SLOTS_PER_WORKER: '1', BATCH_PROVISION_POLL_SECONDS: '1' });
  });
  after(() => stack.remove());

  /** For the tests of a group, whose runs have names of their own. */
  const open = async () => {
    workplace = await Workplace.create();
    await start();
    await test.put(KEYS);
  };
  const close = async () => {
    await test.close();
    await workplace.remove();
  };

  describe('the same run again after a partial failure', () => {
    before(open);
    after(close);

    it('processes only the objects that are missing or changed', async () => {
      const input: ExecutionInput = {
        worker_count: 1,
        ...(await test.putManifest([...KEYS, 'in/late'])),
        batch_size: 4,
        tolerated_failure_percentage: 100,
      };
      const first = await test.run(input);
      expect(first.results).to.include({ succeeded: KEYS.length, skipped: 0, failed: 1, pending: 0 });

      await test.put(['in/late', 'in/1'], (key) => `new content of ${key}`);
      await rm(join(test.bucket, 'processed/in/2'));
      const second = await test.run(input, 'second');
      expect(second.results).to.include({ succeeded: 3, skipped: 8, failed: 0, pending: 0 });
      const processed = resultLines<ObjectResult>('second', 'SUCCEEDED').filter(
        ({ status }) => status === 'success',
      );
      expect(processed.map(({ object_key }) => object_key)).to.have.members(['in/1', 'in/2', 'in/late']);
    });

    it('--retry-failed takes exactly the failed ones, also when the cloud that ran them is gone', async () => {
      const gone = ['in/gone-1', 'in/gone-2', 'in/gone-3'];
      // In batches of 5, each of which has objects that do not fail.
      const source = await test.putManifest([...gone.slice(0, 1), ...KEYS, ...gone.slice(1)]);
      await test.run(
        { worker_count: 1, ...source, batch_size: 5, tolerated_failure_percentage: 100 },
        'partly',
      );
      await test.close();
      await start();

      await test.put(gone.slice(0, 2));
      const retried = await execute('1', '--retry-failed', 'partly', '--tolerated-failure-percentage', '50');
      expect(retried).to.include({ status: 'SUCCEEDED', objects: 3, succeeded: 2, failed: 1 });
      expect(namedKeys(nameOf(retried))).to.have.members(gone);

      await test.put(gone.slice(2));
      const input = await test.batch.retryInput(retried.execution, { worker_count: 1 }, 'again');
      expect(input).to.deep.equal({ worker_count: 1, objects: [{ Key: 'in/gone-3' }] });
      await test.run(input as ExecutionInput, 'again');
      expect(await execute('1', '--retry-failed', 'again')).to.deep.equal({ status: 'NOTHING_FAILED' });
    });

    it('--retry-failed makes a manifest if an input cannot hold all failed objects', async () => {
      const gone = Array.from({ length: 300 }, (_, index) => `in/gone-${index}/`.padEnd(320, '\u2028'));
      const source = await test.putManifest(gone);
      await test.run(
        { worker_count: 1, ...source, batch_size: 1000, tolerated_failure_percentage: 100 },
        'all-gone',
      );
      const more = { worker_count: 1, batch_size: 1000, tolerated_failure_percentage: 100 };
      const input = await test.batch.retryInput('all-gone', more, 'retry');
      expect(input).to.deep.equal({ ...more, manifest: { Key: 'manifests/retry/failed.jsonl' } });
      const lines = (await test.read('manifests/retry/failed.jsonl')).trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).Key)).to.have.members(gone);
      const { counts } = await test.batch.preview(input as ExecutionInput);
      expect(counts).to.include({ selected: gone.length });
    });

    it('--retry-failed refuses an execution that has no results yet, or never will have', async () => {
      const refusal = (earlier: string, worker_count = 1) =>
        test.batch.retryInput(earlier, { worker_count }, 'new').then(
          () => 'accepted',
          (error: Error) => `${error.name}: ${error.message}`,
        );
      const executionArn = await test.begin(
        { worker_count: 1, prefix: 'in/', processor: 'simulate', parameters: { seconds: 0.3 } },
        'stopped',
      );
      expect(await refusal('stopped')).to.match(/^ExecutionRunningError: stopped still runs/);
      await test.stop(executionArn);
      expect(await refusal(executionArn)).to.match(
        /^NoResultsError: stopped ended ABORTED, Stopped, and left no results/,
      );
      expect(await refusal('never')).to.match(
        /^ExecutionNotFoundError: There is no execution never: .*results\/never\//,
      );
      expect(await refusal(executionArn.replace('processor', 'other'))).to.match(
        /^ExecutionNotFoundError: .* is not an execution of the state machine/,
      );

      await test.run(
        { worker_count: 1, objects: [{ Key: 'in/gone' }], tolerated_failure_percentage: 100 },
        'failed',
      );
      expect(await refusal('failed')).to.equal('accepted');
      expect(await refusal('failed', 101)).to.match(/^InvalidInputError: worker_count is 101/);
    });
  });

  describe('the machine of the local cloud goes down in the middle (kill the whole process group)', () => {
    before(async () => {
      workplace = await Workplace.create();
    });
    after(() => workplace.remove());
    /** More objects than the slots of a worker may have at a time. */
    const OBJECTS = 5;
    /** The size is two parts of an upload, also when compressed. */
    const CONTENT = randomBytes(6 * 2 ** 20);
    const OUTPUTS = join('processed', 'gzip');
    const outputs = () => {
      const folder = join(workplace.bucket, OUTPUTS);
      return existsSync(folder) ? filesBelow(folder) : [];
    };
    const expectWhole = (files: string[]) => {
      for (const file of files) {
        const input = relative(join(workplace.bucket, OUTPUTS), file);
        expect(gunzipSync(readFileSync(file)).equals(readFileSync(join(workplace.bucket, input)))).to.equal(
          true,
        );
      }
    };
    const command = () => {
      const args = ['1', 'large/', '--processor', 'gzip', '--target', 'local', '--json'];
      return [...args, '--bucket-dir', workplace.bucket];
    };
    /** With this seed the first upload is completed, and the next ones are never answered. */
    const unfinished = ['--fault', 'delay s3:CompleteMultipartUpload 80% 3600s', '--fault-seed', '10'];

    /** A run in a process group of its own, with at least one output that is complete and one that is not. */
    function startGroup(): ChildProcess {
      const args = ['-r', 'ts-node/register', 'scripts/execute.ts', ...command(), ...unfinished];
      const env = { ...process.env, TMPDIR: workplace.temporary };
      return spawn(process.execPath, args, { detached: true, env, stdio: 'ignore' });
    }

    it('no partial output is ever visible, and the same command again finishes the rest', async () => {
      await mkdir(join(workplace.bucket, 'large'));
      for (let index = 0; index < OBJECTS; index += 1) {
        CONTENT.writeInt32BE(index);
        await writeFile(join(workplace.bucket, 'large', String(index)), CONTENT);
      }
      const child = startGroup();
      const exited = once(child, 'exit');
      await until(() => outputs().length > 0 || child.exitCode !== null, 'an output is there');
      process.kill(-(child.pid as number), 'SIGKILL');
      expect(await exited).to.deep.equal([null, 'SIGKILL']);
      // Workers are in groups of their own: they notice that the local cloud is gone.
      await noneLeft(() => workplace.processesLeft());
      const done = outputs();
      expect(done.length).to.be.within(1, OBJECTS - 1);
      expectWhole(done);

      const { code, stdout, stderr } = await workplace.run('execute.ts', command());
      expect(code, stderr).to.equal(0);
      const summary: Summary = JSON.parse(stdout);
      expect(summary).to.include({ objects: OBJECTS, skipped: done.length, failed: 0 });
      expect(outputs()).to.have.length(OBJECTS);
      expectWhole(outputs());
      expect(namedKeys(nameOf(summary))).to.have.length(OBJECTS);
      await workplace.expectNothingLeft();
      expect(readdirSync(join(workplace.bucket, '.s3')), 'in the bucket').to.deep.equal(['meta']);
    });

    it('a local cloud that was kept up is not used any more, though another process may have its id', async () => {
      await start();
      expect(await findCloud(workplace.bucket)).to.include({ endpoint: test.cloud.endpoint });
      await test.close();
      expect(await findCloud(workplace.bucket)).to.equal(undefined);
    });
  });

  describe('what a summary says', () => {
    before(open);
    beforeEach(() => {
      test.lines.length = 0;
    });
    after(close);

    it('adds up, and names each object once, if more failed than tolerated', async () => {
      const keys = [...KEYS, ...Array.from({ length: 30 }, (_, index) => `in/gone-${index}`)];
      const source = await test.putManifest(keys);
      const input = { worker_count: 1, ...source, batch_size: 4, tolerated_failure_percentage: 10 };
      const { status, error, results } = await test.run(input, 'too-many');
      expect({ status, error }).to.deep.equal({
        status: 'FAILED',
        error: 'States.ExceedToleratedFailureThreshold',
      });
      const { succeeded, skipped, failed, pending } = results;
      expect(succeeded + skipped + failed + pending).to.equal(keys.length);
      expect(failed).to.be.at.least(4);
      expect(pending).to.be.above(0);
      expect(namedKeys('too-many')).to.have.members(keys);
    });

    it('adds up, and names each object once, if the execution was stopped', async () => {
      const executionArn = await test.begin(
        { worker_count: 1, prefix: 'in/', processor: 'simulate', parameters: { seconds: 0.3 } },
        'stopped',
      );
      // One slot has two tasks at most: a third is begun when the first one's result has been taken.
      await test.logged(({ message, key }) => message === 'Processing S3 object' && key === 'in/2');
      await test.stop(executionArn);
      const { status, results } = await test.end(executionArn);
      expect(status).to.equal('ABORTED');
      expect(results).to.include({ skipped: 0, failed: 0, pending: KEYS.length - results.succeeded });
      expect(results.succeeded).to.be.above(0);
      expect(namedKeys('stopped')).to.have.members(KEYS);
    });

    it('counts the objects also if the results could not be written', async () => {
      await test.run({ worker_count: 1, prefix: 'in/' });
      // Only results are written when every output is up to date.
      const write = test.cloud.faults.inject({ effect: 'error', api: 's3:PutObject' });
      const { error, results } = await test.run({ worker_count: 1, prefix: 'in/' }, 'unwritten');
      write();
      expect(error).to.equal('States.ResultWriterFailed');
      expect(results).to.include({ succeeded: KEYS.length, skipped: 0, failed: 0, pending: 0 });
    });

    it('is of its own run, also if an earlier one had the same name', async () => {
      await test.run({ worker_count: 1, prefix: 'in/' }, 'nightly');
      await test.close();
      await start();
      const { status, results } = await test.run({ worker_count: 0, prefix: 'in/' }, 'nightly');
      expect(status).to.equal('FAILED');
      expect(results).to.include({ succeeded: 0, skipped: 0, failed: 0, pending: 0 });
    });
  });
});

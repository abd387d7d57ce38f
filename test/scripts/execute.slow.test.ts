/** scripts/execute.ts on the local cloud, from the outside: the first command of a newcomer. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { ObjectResult } from '../../runtime/contract';
import type { Summary } from '../../scripts/run/summary';
import { synthesizeForTest, TestCloud } from '../support/cloud';
import { filesBelow } from '../support/files';
import { type Outcome, printedJson, Workplace } from '../support/script';

/** An output of `simulate`, or one of `gzip` or `checksum` that an earlier test has left. */
function expectWhole(output: string): void {
  const content = readFileSync(output);
  if (content[0] === 0x1f) gunzipSync(content);
  else if (content[0] === 0x7b) JSON.parse(content.toString());
  else expect(content.toString(), output).to.match(/^Processed .* \(\d+ bytes\)\n$/s);
}

describe('execute.ts in the local cloud', () => {
  let workplace: Workplace;

  before(async () => {
    workplace = await Workplace.create();
  });
  afterEach(() => workplace.expectNothingLeft());
  after(() => workplace.remove());

  /** With one slot a worker, since each slot is a process. */
  const execute = (...args: string[]) =>
    workplace.run('execute.ts', [...args, ...workplace.here], { BATCH_SLOTS_PER_WORKER: '1' });
  const summaryOf = (outcome: Outcome): Summary => printedJson(outcome);
  const inputs = () => filesBelow(join(workplace.bucket, 'data'));
  const resultsOf = (summary: Summary): ObjectResult[] =>
    readFileSync(join(summary.results ?? '', 'SUCCEEDED_0.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('processes every object once', async () => {
    const first = await workplace.run('execute.ts', ['3', 'data/', '--json', ...workplace.here]);
    const summary = summaryOf(first);
    const count = inputs().length;
    expect(first.code, first.stderr).to.equal(0);
    expect(count).to.be.at.least(60);
    expect(summary).to.include({
      status: 'SUCCEEDED',
      objects: count,
      succeeded: count,
      skipped: 0,
      failed: 0,
    });
    expect(summary).to.include({ pending: 0, workers: 3, workers_running: 3 });
    for (const input of inputs()) {
      const output = JSON.parse(
        readFileSync(join(workplace.bucket, 'processed', relative(workplace.bucket, input)), 'utf8'),
      );
      const sha256 = createHash('sha256').update(readFileSync(input)).digest('hex');
      expect(output).to.include({
        key: relative(workplace.bucket, input),
        size: statSync(input).size,
        sha256,
      });
    }
    const keys = resultsOf(summary).map(({ object_key }) => object_key);
    expect(keys).to.have.members(inputs().map((input) => relative(workplace.bucket, input)));
  });

  const oneIsMissing = ['--key', 'data/empty.txt', 'data/not\u001b[31mthere.txt'];

  it('fails with the workflow’s error when more objects fail than tolerated, and names them', async () => {
    const processor = ['--processor', 'simulate', '--param', 'seconds=0', '--param', 'fault_key=no key'];
    const strict = await execute(
      '1',
      ...oneIsMissing,
      ...processor,
      '--env',
      'NOTE=two words',
      '--name',
      'strict',
    );
    expect(strict.code).to.equal(1);
    expect(strict.stderr).to.match(/FAILED: States\.ExceedToleratedFailureThreshold/);
    expect(strict.stderr).to.match(/With --tolerated-failure-percentage 100/);
    // The command has the same processor, and the same folder of the bucket.
    expect(strict.stderr).to.match(
      /execute\.ts 1 --retry-failed strict --processor simulate --param seconds=0 --param 'fault_key=no key' .*--bucket-dir \S+ --env 'NOTE=two words'$/m,
    );
    // Characters that would control the terminal are shown, not sent.
    expect(strict.stdout).to.match(/Failed +1 ObjectNotFound, such as data\/not\\u001b\[31mthere\.txt: /);
  });

  const SIMULATE = [
    '1',
    'data/text/note-0',
    ...['--processor', 'simulate', '--output-prefix', 'processed/slow/'],
    ...['--env', 'SIMULATE_FAULT=permanent', '--env', 'SIMULATE_FAULT_KEY=note-09'],
    ...['--tolerated-failure-percentage', '50'],
  ];

  it('gives the processor its parameters and environment, its outputs their prefix, and shows the log of the workers', async () => {
    const outcome = await execute(...SIMULATE, '--param', 'seconds=0.02', '--logs', '--json');
    const summary = summaryOf(outcome);
    expect(summary).to.include({ status: 'SUCCEEDED', objects: 9, succeeded: 8, failed: 1 });
    const seconds = resultsOf(summary).map(({ processing_time }) => processing_time);
    expect(Math.min(...seconds)).to.be.at.least(0.02);
    expect(readFileSync(join(workplace.bucket, 'processed/slow/data/text/note-01.txt'), 'utf8')).to.match(
      /^Processed data\/text\/note-01\.txt /,
    );
    expect(outcome.stderr).to.match(
      /^[\d:.]{12} info {2}data\/text\/note-01\.txt: S3 object processed successfully /m,
    );
  });

  it('says why objects are made again, and where in the processor one failed', async () => {
    const { stdout } = await execute(...SIMULATE, '--param', 'seconds=0.01', '--param', 'fault_key=note-03');
    expect(stdout).to.match(/^7 made again: the parameters have changed$/m);
    expect(stdout).to.match(
      /^Failed +1 PermanentError, such as data\/text\/note-03\.txt: simulated \(processors\/simulate\/faults\.ts:\d+:\d+\)$/m,
    );
  });

  /** One object is never done, so that a run that a test stops does not end by itself. */
  const HANGING = ['SIMULATE_SECONDS=0.2', 'SIMULATE_FAULT=hang', 'SIMULATE_FAULT_KEY=data/text/note-01.txt'];
  const LONG = [
    '1',
    'data/',
    '--processor',
    'simulate',
    '--force',
    ...HANGING.flatMap((each) => ['--env', each]),
  ];

  it('stops everything on Ctrl-C and leaves no half-written output', async () => {
    const args = [...LONG, ...workplace.here];
    const script = workplace.start('execute.ts', args);
    await script.said(/Processing: [1-9]/);
    script.process.kill('SIGINT');
    const { code, stderr } = await script.outcome;
    expect(code).to.equal(1);
    expect(stderr).to.match(
      /Stopped by SIGINT\. [1-9]\d* of \d+ objects are done, 0 of them failed\. The same command processes all objects again, .* because of --force\./,
    );
    for (const output of filesBelow(join(workplace.bucket, 'processed'))) expectWhole(output);
    expect(existsSync(join(workplace.bucket, '.s3', 'run'))).to.equal(false);
  });

  it('stops everything on a terminal as well', async function () {
    if (process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0) {
      console.log('      skipped: util-linux `script`, which makes a terminal, is missing');
      return this.skip();
    }
    const args = [...LONG, '--target', 'local'].join(' ');
    const run = `stty cols 120; exec ${process.execPath} -r ts-node/register scripts/execute.ts ${args}`;
    const terminal = spawn('script', ['-qec', `${run} --bucket-dir ${workplace.bucket}`, '/dev/null'], {
      env: { ...process.env, TMPDIR: workplace.temporary },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    terminal.stdout.on('data', (chunk) => {
      shown += chunk;
      if (/Processing: [1-9]/.test(shown) && !terminal.stdin.writableEnded) terminal.stdin.end('\x03');
    });
    const [code] = await once(terminal, 'close');
    expect(code, shown).to.equal(1);
    expect(shown).to.match(/Stopped by SIGINT/);
    expect(existsSync(join(workplace.bucket, '.s3', 'run'))).to.equal(false);
  });

  const mistakes: [string, string[], RegExp][] = [
    ['a name that Step Functions refuses', ['1', 'data/', '--name', 'a/b'], /Give 1 to 80 letters/],
    ['keys with a leading slash', ['1', '/data/'], /keys do not start with a slash/],
    ['no workers', ['0', 'data/'], /worker_count is 0: it must be 1 to 100/],
    ['too many workers', ['101', 'data/'], /worker_count is 101: it must be 1 to 100/],
    ['workers in words', ['ten', 'data/'], /'ten' is invalid for argument 'workers'/],
    ['no argument', [], /missing required argument 'workers'/],
    [
      'no manifest',
      ['1', '--manifest', 'manifests/no.jsonl'],
      /The manifest "manifests\/no.jsonl" does not exist/,
    ],
    ['an invalid size', ['1', 'data/', '--larger-than', '5X'], /"5X" is not a size: give bytes/],
    ['an invalid date', ['1', 'data/', '--modified-after', 'now'], /"now" is not a date: give one/],
    ['an invalid share', ['1', 'data/', '--sample', '50'], /"50" is not a share: give a percentage/],
    ['an invalid glob', ['1', 'data/', '--match', 'a{b'], /"a\{b" is not a glob \(Unterminated group\)/],
    ['a limit of 0', ['1', 'data/', '--limit', '0'], /Give a whole number, 1 or more/],
    [
      'no such class',
      ['1', 'data/', '--storage-class', 'COLD'],
      /"COLD" is not a storage class: give STANDARD/,
    ],
    [
      'criteria that exclude each other',
      ['1', 'data/', '--larger-than', '2', '--smaller-than', '1'],
      /no size is above/,
    ],
    [
      'a manifest file that does not exist',
      ['1', '--manifest', './none.txt'],
      /There is no file \.\/none.txt/,
    ],
    ['a format without a manifest', ['1', 'data/', '--manifest-format', 'csv'], /give --manifest, too/],
    ['a prefix that contains the outputs', ['1', 'p'], /contains processed\//],
    [
      'a prefix and a manifest',
      ['1', 'data/', '--manifest', 'm'],
      /Give only one of a prefix and --manifest/,
    ],
    [
      'a prefix and --retry-failed',
      ['1', 'data/', '--retry-failed', 'run'],
      /Give only one of a prefix and --retry-failed/,
    ],
    ['a batch size of 0', ['1', 'data/', '--batch-size', '0'], /batch_size is 0/],
    ['a tolerance of 101', ['1', 'data/', '--tolerated-failure-percentage', '101'], /percentage is 101/],
    ['an unknown option', ['1', 'data/', '--fast'], /unknown option '--fast'/],
    [
      'an unknown processor',
      ['1', 'data/', '--processor', 'shred'],
      /^There is no processor shred: there are checksum, .*simulate/,
    ],
    [
      'a processor with a path',
      ['1', 'data/', '--processor', '../gzip'],
      /^processor is \.\.\/gzip: it must be/,
    ],
    [
      'an unknown parameter',
      ['1', 'data/', '--processor', 'simulate', '--param', 'secnds=1'],
      /^The processor simulate has no parameter secnds: it has seconds, fault/,
    ],
    [
      'a parameter that the processor does not have',
      ['1', 'data/', '--param', 'a=1'],
      /^The processor checksum has no/,
    ],
    [
      'a parameter beyond its limits',
      ['1', 'data/', '--processor', 'simulate', '--param', 'seconds=-1'],
      /^The parameter seconds of simulate is -1: Too small/,
    ],
    [
      'a parameter that is not JSON',
      ['1', 'data/', '--processor', 'simulate', '--param', 'seconds=few'],
      /^--param seconds takes a number, but "few" is not JSON: give JSON, such as --param seconds=5\.$/,
    ],
    ['a parameter without value', ['1', 'data/', '--param', 'seconds'], /Give NAME=VALUE/],
    [
      'an output prefix elsewhere',
      ['1', 'data/', '--output-prefix', 'out/'],
      /^output_prefix is out\/: it must be below/,
    ],
    ['an environment without value', ['1', 'data/', '--env', 'A'], /Give NAME=VALUE/],
  ];
  describe('that is kept up', () => {
    let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
    let cloud: TestCloud;

    before(async () => {
      stack = await synthesizeForTest({ BATCH_SLOTS_PER_WORKER: '1' });
      cloud = await TestCloud.start(stack.stackFolder, { bucketFolder: workplace.bucket });
      await cloud.register();
    });
    after(async () => {
      await cloud.close();
      await stack.remove();
    });

    const run = (...args: string[]) => workplace.answer('execute.ts', [...args, ...workplace.here]);

    it('skips every object the second time, and processes them again with --force', async () => {
      const count = inputs().length;
      const second = summaryOf(await run('1', 'data/', '--json'));
      expect(second).to.include({ status: 'SUCCEEDED', objects: count, succeeded: 0, skipped: count });
      const third = summaryOf(await run('1', 'data/text/', '--json', '--force'));
      expect(third).to.include({ status: 'SUCCEEDED', objects: 12, succeeded: 12, skipped: 0 });
    });

    it('processes only the objects that have changed', async () => {
      const file = join(workplace.bucket, 'data', 'text', 'note-01.txt');
      await writeFile(file, 'rewritten\n');
      await utimes(file, new Date(), new Date());
      const summary = summaryOf(await run('1', 'data/text/', '--json'));
      expect(summary).to.include({ objects: 12, succeeded: 1, skipped: 11 });
      const output = JSON.parse(
        readFileSync(join(workplace.bucket, 'processed/data/text/note-01.txt'), 'utf8'),
      );
      expect(output.size).to.equal(10);
    });

    it('runs another processor over a manifest, in batches', async () => {
      const keys = inputs().map((input) => relative(workplace.bucket, input));
      await mkdir(join(workplace.bucket, 'manifests'), { recursive: true });
      const lines = keys.map((Key) => JSON.stringify({ Key }));
      await writeFile(join(workplace.bucket, 'manifests', 'all.jsonl'), `${lines.join('\n')}\n`);
      const args = [
        '1',
        '--manifest',
        'manifests/all.jsonl',
        '--batch-size',
        '10',
        '--processor',
        'gzip',
        '--json',
      ];
      const summary = summaryOf(await run(...args));
      expect(summary).to.include({ status: 'SUCCEEDED', objects: keys.length, succeeded: keys.length });
      expect(summary.outputs).to.match(/processed\/gzip\/$/);
      for (const key of keys) {
        const unzipped = gunzipSync(readFileSync(join(workplace.bucket, 'processed/gzip', key)));
        expect(unzipped.equals(readFileSync(join(workplace.bucket, key))), key).to.equal(true);
      }
    });

    it('uploads a manifest, selects from it, and processes only the objects that have changed', async () => {
      const file = join(workplace.bucket, '..', 'keys.csv');
      await writeFile(
        file,
        'path,size\ndata/text/note-02.txt,1\ndata/text/note-03.txt,1\ndata/README.txt,1\n',
      );
      const args = ['1', '--manifest', file, '--exclude', '**/README.txt', '--changed', '--json'];
      const output = ['--output-prefix', 'processed/selected/'];
      const summary = summaryOf(await run(...args, ...output, '--name', 'selected'));
      expect(summary).to.include({ status: 'SUCCEEDED', objects: 2, succeeded: 2 });
      expect(summary.selection).to.match(/^2 of 3 objects selected \(.* KB\); 1 are excluded\.$/);
      expect(existsSync(join(workplace.bucket, 'manifests', 'selected', 'keys.csv'))).to.equal(true);
      const again = summaryOf(await run(...args, ...output));
      expect(again).to.include({ status: 'SUCCEEDED', objects: 0 });
      expect(again.selection).to.equal('No object is selected; 1 are excluded; 2 are up to date.');
      expect(again).to.include({ objects: 0, workers_running: 0 }).and.not.have.property('results');
      expect(again.cost?.lines.find(({ name }) => name === 'instances')).to.include({ amount: 0 });
    });

    it('ends with 3 if objects fail within the tolerance', async () => {
      const tolerant = await run('1', ...oneIsMissing, '--tolerated-failure-percentage', '50', '--json');
      expect(tolerant.code, tolerant.stderr).to.equal(3);
      expect(tolerant.stderr).to.match(/Retry the failed objects: /);
      expect(summaryOf(tolerant)).to.include({ status: 'SUCCEEDED', objects: 2, failed: 1 });
    });

    it('shows which objects it would select, and starts nothing', async () => {
      const shown = await run(
        '1',
        '',
        '--match',
        '**/*.png',
        '--limit',
        '3',
        '--batch-size',
        '2',
        '--dry-run',
      );
      expect(shown.code, shown.stderr).to.equal(0);
      expect(shown.stdout).to.match(
        /^Objects +3\nBytes +\d+ \(.*\)\nTasks +2\n +data\/images\/gradient-1.png\n/,
      );
      expect(shown.stdout).to.match(/Nothing was started\.$/m);
      const preview = summaryOf(await run('1', 'data/', '--match', '*.none', '--dry-run', '--json'));
      expect(preview).to.include({ status: 'DRY_RUN', tasks: 0 });
      expect(preview).to.have.nested.property('counts.selected', 0);
    });

    for (const [what, args, message] of mistakes) {
      it(`answers ${what} with one line and exit code 2`, async () => {
        const outcome = await run(...args);
        expect(outcome.code, outcome.stderr).to.equal(2);
        expect(outcome.stdout).to.equal('');
        const lines = outcome.stderr
          .trim()
          .split('\n')
          .filter((line) => !line.startsWith('Using the local cloud at '));
        expect(lines, outcome.stderr).to.have.length(1);
        expect(lines[0]).to.match(message);
      });
    }
  });

  it('answers a prefix without objects with one line and exit code 2, and ends the cloud that it booted', async () => {
    const outcome = await execute('1', 'nothing-here/');
    expect([outcome.code, outcome.stdout]).to.deep.equal([2, '']);
    expect(outcome.stderr).to.match(
      /^Synthesizing the stack\nBooting the local cloud\nNo object has a key that starts with "nothing-here\/": .*bucket has data\/.*\n$/,
    );
  });

  it("answers an environment of the worker's own with one line and exit code 2", async () => {
    const args = ['1', 'data/', '--env', 'WORKER_SLOTS=1', ...workplace.here];
    const outcome = await workplace.answer('execute.ts', args);
    expect([outcome.code, outcome.stdout]).to.deep.equal([2, '']);
    expect(outcome.stderr).to.match(/^--env is {"WORKER_SLOTS":"1"}: must be .*\n$/m);
  });

  it('answers a bucket folder that does not exist with one line and exit code 2', async () => {
    const args = ['1', 'data/', '--target', 'local', '--bucket-dir', join(workplace.root, 'missing')];
    const outcome = await workplace.answer('execute.ts', args);
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(/The bucket's folder .*missing does not exist/);
  });

  it('answers --target aws without a deployment with one line and exit code 2', async () => {
    const outcome = await workplace.answer('execute.ts', ['1', 'data/', '--target', 'aws'], {
      BATCH_NAME_PREFIX: 'none-such',
    });
    expect(outcome.code).to.equal(2);
    expect(outcome.stderr).to.match(/There is no deployment in the Terraform state/);
  });
});

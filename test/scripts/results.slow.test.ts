/** results.ts and report.ts: the outcome of each object, after the run. */
import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunView } from '../../page/run-view';
import { synthesizeForTest, TestCloud } from '../support/cloud';
import { Workplace } from '../support/script';

describe('results.ts and report.ts', () => {
  let place: Workplace;
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  const run = (script: string, ...args: string[]) => place.run(script, [...args, ...place.here]);
  const answer = (script: string, ...args: string[]) => place.answer(script, [...args, ...place.here]);
  const fails = ['--processor', 'simulate', '--param', 'seconds=0', '--param', 'fault=permanent'];

  before(async () => {
    place = await Workplace.create();
    const failing = [...fails, '--param', 'fault_key=README', '--tolerated-failure-percentage', '100'];
    const made = await run('execute.ts', '1', 'data/', '--name', 'first', '--batch-size', '10', ...failing);
    expect(made.stdout, made.stderr).to.match(/failed +1$/m);
    // Another cloud, which knows nothing of that run.
    stack = await synthesizeForTest({ BATCH_SLOTS_PER_WORKER: '1' });
    test = await TestCloud.start(stack.stackFolder, { bucketFolder: place.bucket });
    await test.register();
  });
  after(async () => {
    await test.close();
    await stack.remove();
    await place.expectNothingLeft();
    await place.remove();
  });

  it('lists every object, the one that failed with its error', async () => {
    const { code, stdout, stderr } = await run('results.ts', 'first');
    expect(code, stderr).to.equal(0);
    const lines = stdout.trim().split('\n');
    expect(lines).to.have.length(77);
    expect(lines).to.include('failed   data/README.txt: PermanentError: simulated');
    // Objects of the same task as the failed one.
    expect(lines.filter((line) => line.startsWith('done '))).to.have.length(9);
    expect(lines.filter((line) => line.startsWith('success '))).to.have.length(67);
  });

  it('lists those that failed, as JSON', async () => {
    const { stdout } = await answer('results.ts', 'first', '--failed', '--json');
    expect(JSON.parse(stdout)).to.include({ object_key: 'data/README.txt', error: 'PermanentError' });
  });

  it('write a report, from the results alone: the cloud of the run is gone', async () => {
    const file = join(place.root, 'first.html');
    const { code, stderr } = await run('report.ts', 'first', '--output', file);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include(`Wrote ${file}`);
    const [, json = ''] =
      /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(await readFile(file, 'utf8')) ?? [];
    const { name, status, figures }: RunView = JSON.parse(json);
    expect({ name, status }).to.deep.equal({ name: 'first', status: undefined });
    expect(figures.counts).to.deep.equal({ success: 67, skipped: 0, failed: 1, done: 9, pending: 0 });
    const [{ error, objects } = { error: '', objects: [] }] = figures.failures;
    expect(error).to.equal('PermanentError');
    expect(objects[0]).to.include({ key: 'data/README.txt', message: 'simulated' });
    for (const name of ['at', 'attempt'] as const) expect(objects[0]?.[name], name).to.be.a('number');
    // The failed task is seen in its slot, too.
    const { rows } = figures.timeline;
    expect(rows.reduce((sum, row) => sum + row.objects, 0)).to.equal(68);
    expect(rows.filter(({ failures }) => failures?.includes('1'))).to.have.length(1);
    for (const { slot } of rows) expect(slot).to.be.at.least(1);
  });

  it('say in one line that a report cannot be written', async () => {
    const { code, stderr } = await answer(
      'report.ts',
      'first',
      '--output',
      join(place.root, 'nowhere', 'first.html'),
    );
    expect(code).to.equal(2);
    expect(stderr).to.match(
      /first\.html cannot be written: give --output a file in a folder that exists\.\n$/,
    );
  });

  it('merges all outputs, also those of objects that were skipped', async () => {
    for (const name of ['text', 'again']) await test.run({ worker_count: 1, prefix: 'data/text/' }, name);
    const objects = readdirSync(join(place.bucket, 'data', 'text'))
      .map((name) => `data/text/${name}`)
      .sort();
    for (const name of ['text', 'again']) {
      const file = join(place.root, `${name}.jsonl`);
      const { code, stderr } = await answer('results.ts', name, '--merge', file);
      expect(code, stderr).to.equal(0);
      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      const keys = lines.map((line) => JSON.parse(line).key).sort();
      expect(keys, name).to.deep.equal(objects);
    }
  });

  it('does not touch the file if an output is gone, and names the output', async () => {
    const file = join(place.root, 'kept.jsonl');
    await writeFile(file, 'as it was');
    const [key = ''] = readdirSync(join(place.bucket, 'processed', 'data', 'text'));
    await rm(join(place.bucket, 'processed', 'data', 'text', key));
    const { code, stderr } = await answer('results.ts', 'text', '--merge', file);
    expect(code, stderr).to.equal(1);
    expect(stderr).to.include(key);
    expect(await readFile(file, 'utf8')).to.equal('as it was');
  });

  it('names an unknown execution', async () => {
    const { code, stderr } = await answer('results.ts', 'nobody');
    expect(code).to.equal(2);
    expect(stderr).to.match(/There is no execution nobody/);
  });
});

/** Objects of several buckets, and outputs in another one: the commands of a user, and the content of the buckets afterwards. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { InvalidInputError } from '../../client';
import type { ExecutionInput } from '../../runtime/contract';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { failure } from '../support/failure';
import { filesBelow, writeFiles } from '../support/files';
import { Workplace } from '../support/script';

/** `archive` is in another account and another region, and its requester pays. */
const SETTINGS = {
  ...SMALL_FLEET,
  BATCH_READ_BUCKETS: 'archive owner=111122223333 region=eu-west-1 requester-pays, partner, unserved',
  BATCH_OUTPUT_BUCKET: 'made owner=444455556666 region=us-west-2',
};
const quick = { processor: 'simulate', parameters: { seconds: 0 } };

describe('an execution on other buckets', () => {
  let place: Workplace;
  let folders: Record<'archive' | 'partner' | 'made', string>;
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;

  before(async () => {
    place = await Workplace.create();
    const at = (name: string) => join(place.root, name);
    folders = { archive: at('archive'), partner: at('partner'), made: at('made') };
    for (const folder of Object.values(folders)) await mkdir(folder);
    for (const key of ['in/1.txt', 'in/2.txt', 'in/3.txt', 'processed/of-theirs.txt'])
      write('archive', key, `archive ${key}`);
    for (const key of ['in/1.txt', 'in/2.txt']) write('partner', key, `partner ${key}`);
    stack = await synthesizeForTest(SETTINGS);
    test = await TestCloud.start(stack.stackFolder, { bucketFolder: place.bucket, bucketFolders: folders });
    await test.register();
  });
  after(async () => {
    await test.close();
    await stack.remove();
    await place.remove();
  });

  const write = (bucket: keyof typeof folders, key: string, text: string) =>
    writeFiles(folders[bucket], { [key]: text });
  const made = (...key: string[]) => existsSync(join(folders.made, 'processed', ...key));
  const run = async (input: Partial<ExecutionInput>, name?: string) => {
    const ended = await test.run({ worker_count: 1, ...quick, ...input }, name);
    expect(ended.status, ended.cause).to.equal('SUCCEEDED');
    return ended;
  };
  const answer = (file: string, ...args: string[]) => place.answer(file, [...args, ...place.here]);
  const PARAMETERS = ['--param', 'seconds=0'];

  it('writes outputs below the name of their bucket, and nothing else anywhere', async () => {
    const before = filesBelow(folders.archive);
    const { results } = await run({ bucket: 'archive', prefix: 'in/' });
    expect(results.succeeded).to.equal(3);
    for (const number of [1, 2, 3]) expect(made('archive', 'in', `${number}.txt`)).to.equal(true);
    expect(filesBelow(folders.archive)).to.deep.equal(before);
    expect(existsSync(join(place.bucket, 'processed'))).to.equal(false);
    expect(existsSync(join(place.bucket, results.prefix))).to.equal(true);
  });

  it('separates objects of one key in two buckets, and skips those of each that are done', async () => {
    for (const [bucket, count] of [
      ['archive', 3],
      ['partner', 2],
    ] as const) {
      await run({ bucket, prefix: 'in/' });
      const { results } = await run({ bucket, objects: [{ Key: 'in/1.txt' }, { Key: 'in/2.txt' }] });
      expect([results.skipped, results.failed], bucket).to.deep.equal([2, 0]);
      expect(
        (await run({ bucket, prefix: 'in/', select: { changed: true } })).output?.selection?.counts,
      ).to.include({
        seen: count,
        selected: 0,
        up_to_date: count,
      });
    }
    expect((await run({ prefix: 'data/text/note-01' })).results.succeeded).to.equal(1);
    expect(made('data', 'text', 'note-01.txt')).to.equal(true);
  });

  it('fails an object whose output would be in the place of another bucket’s, and names the writer', async () => {
    await mkdir(join(place.bucket, 'archive', 'in'), { recursive: true });
    await writeFile(join(place.bucket, 'archive', 'in', '1.txt'), 'own');
    const { results } = await test.run({
      worker_count: 1,
      ...quick,
      prefix: 'archive/',
      tolerated_failure_percentage: 100,
    });
    expect(results.failures[0]).to.include({ object_key: 'archive/in/1.txt', error: 'ForeignOutput' });
    expect(results.failures[0]?.message).to.include('simulate from another object');
  });

  it('reads all of a bucket that this system does not write to', async () => {
    const { results } = await run({ bucket: 'archive', prefix: '', output_prefix: 'processed/all/' });
    expect(results.succeeded).to.equal(4);
    expect(made('all', 'archive', 'processed', 'of-theirs.txt')).to.equal(true);
  });

  it('accepts a manifest of one bucket, and refuses an entry of another', async () => {
    const Bucket = test.deployment.bucketName;
    const put = (Key: string, Body: string) =>
      test.clients.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    await put('lists/good', 's3://partner/in/1.txt\nin/2.txt\n');
    await put('lists/bad', 's3://partner/in/1.txt\ns3://archive/in/1.txt\n');
    const { results } = await run({ bucket: 'partner', manifest: { Key: 'lists/good' } });
    expect(results.skipped).to.equal(2);
    const ended = await test.run({
      worker_count: 1,
      ...quick,
      bucket: 'partner',
      manifest: { Key: 'lists/bad' },
    });
    expect(ended.error).to.equal('InvalidManifest');
    expect(ended.cause).to.match(
      /^Line 2 names an object of the bucket "archive", and this execution processes objects of partner/,
    );
  });

  it('refuses a bucket that the deployment does not read, before anything starts', async () => {
    const refused = await failure(
      test.batch.start({ worker_count: 1, prefix: 'in/', bucket: 'stranger', ...quick }),
    );
    expect(refused).to.be.instanceOf(InvalidInputError);
    expect(refused.message).to.equal(
      `bucket is stranger: this deployment reads ${test.deployment.bucketName}, archive, partner, unserved; give one of these, or add the bucket to the setting readBuckets.`,
    );
    const outputs = await failure(
      test.batch.start({ worker_count: 1, prefix: 'in/', bucket: 'made', ...quick }),
    );
    expect(outputs).to.be.instanceOf(InvalidInputError);
  });

  it('fails archived objects as ObjectArchived, and selects others by their class', async () => {
    const s3 = test.batch.s3Of('archive');
    for (const [Key, StorageClass] of [
      ['cold/a', 'GLACIER'],
      ['cold/b', 'STANDARD_IA'],
    ] as const)
      await s3.send(new PutObjectCommand({ Bucket: 'archive', Key, Body: Key, StorageClass }));
    const { results } = await test.run({
      worker_count: 1,
      ...quick,
      bucket: 'archive',
      prefix: 'cold/',
      tolerated_failure_percentage: 100,
    });
    expect([results.succeeded, results.failed]).to.deep.equal([1, 1]);
    expect(results.failures[0]).to.include({ object_key: 'cold/a', error: 'ObjectArchived' });
    expect(results.failures[0]?.message).to.match(/^cold\/a is archived \(GLACIER\): restore it first/);
    const chosen = await run({
      bucket: 'archive',
      prefix: 'cold/',
      select: { storage_class: ['STANDARD', 'STANDARD_IA'] },
    });
    expect(chosen.output?.selection?.message).to.match(
      /^1 of 2 objects selected \(6 bytes\); 1 have another storage class\.$/,
    );
    await rm(join(folders.archive, 'cold'), { recursive: true });
  });

  it('retries failed objects in their own bucket, as execute.ts does', async () => {
    const failing = [...PARAMETERS, '--param', 'fault=permanent', '--param', 'fault_key=in/2', '--force'];
    const first = await answer(
      'execute.ts',
      '1',
      'in/',
      '--bucket',
      'partner',
      '--name',
      'first',
      ...failing,
      '--tolerated-failure-percentage',
      '100',
    );
    expect(first.code, first.stderr).to.equal(3);
    expect(first.stdout).to.include(join('made', 'processed', 'partner'));
    const elsewhere = await answer('execute.ts', '1', '--retry-failed', 'first', '--bucket', 'archive');
    expect(elsewhere.code).to.equal(2);
    expect(elsewhere.stderr).to.match(
      /bucket is "archive", but the objects that failed in first are in partner: leave bucket out\.$/m,
    );
    const again = await answer(
      'execute.ts',
      '1',
      '--retry-failed',
      'first',
      ...PARAMETERS,
      '--force',
      '--json',
    );
    expect(again.code, again.stderr).to.equal(0);
    expect(JSON.parse(again.stdout)).to.include({ objects: 1, succeeded: 1 });
    expect(await readFile(join(folders.made, 'processed', 'partner', 'in', '2.txt'), 'utf8')).not.to.equal(
      '',
    );
  });

  it('previews the objects that have changed in a bucket', async () => {
    write('archive', 'in/3.txt', 'new');
    const { code, stdout, stderr } = await answer(
      'execute.ts',
      '1',
      'in/',
      '--bucket',
      'archive',
      '--changed',
      '--dry-run',
      ...PARAMETERS,
    );
    expect(code, stderr).to.equal(0);
    expect(stdout)
      .to.match(/^Objects +1$/m)
      .and.match(/^Up to date +2$/m)
      .and.match(/^ +in\/3\.txt$/m);
    const { results } = await run({ bucket: 'archive', prefix: 'in/', select: { changed: true } });
    expect(results.madeAgain).to.deep.equal({ source: 1 });
  });

  it('merges the outputs of its results', async () => {
    await run({ bucket: 'partner', prefix: 'in/', force: true }, 'merged');
    const file = join(place.root, 'merged.txt');
    const { code, stderr } = await answer('results.ts', 'merged', '--merge', file);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include('Wrote 2 outputs of 2 objects');
  });

  it('is pruned only of outputs whose source is gone from its own bucket', async () => {
    await rm(join(folders.archive, 'in', '2.txt'));
    const { code, stdout, stderr } = await answer('prune.ts', '--bucket', 'partner', '--yes');
    expect(code, stderr).to.equal(0);
    expect([stdout, stderr].join(''))
      .to.match(/All 2 outputs have their source/)
      .and.match(/\d outputs are of objects in other buckets: they stay/);
    const pruned = await answer('prune.ts', '--yes');
    expect(pruned.code, pruned.stderr).to.equal(0);
    const listed = pruned.stdout.trim().split('\n');
    for (const output of [
      ['archive', 'in', '2.txt'],
      ['all', 'archive', 'in', '2.txt'],
    ]) {
      expect(listed.filter((line) => line.endsWith(join('made', 'processed', ...output)))).to.have.length(1);
      expect(made(...output), output.join('/')).to.equal(false);
    }
    for (const output of [
      ['archive', 'in', '1.txt'],
      ['partner', 'in', '2.txt'],
      ['data', 'text', 'note-01.txt'],
    ])
      expect(made(...output), output.join('/')).to.equal(true);
    const unknown = await answer('prune.ts', '--bucket', 'made');
    expect([unknown.code, unknown.stderr]).to.deep.equal([
      2,
      `Using the local cloud at ${test.cloud.endpoint}.\n--bucket is made: this deployment reads ${test.deployment.bucketName}, archive, partner.\n`,
    ]);
  });

  it('says which folder a bucket lacks in the local cloud that runs', async () => {
    const unserved = await answer('execute.ts', '1', 'in/', '--bucket', 'unserved');
    expect(unserved.code).to.equal(2);
    expect(unserved.stderr).to.match(
      /^The bucket unserved has no folder in the local cloud: give one, --bucket-dir unserved=FOLDER\.$/m,
    );
    const other = await answer(
      'execute.ts',
      '1',
      'in/',
      '--bucket',
      'archive',
      '--bucket-dir',
      `archive=${folders.partner}`,
    );
    expect(other.code).to.equal(2);
    expect(other.stderr).to.match(
      /^A local cloud already runs on this bucket .* and it serves .*archive as archive: restart it/m,
    );
    const same = await answer(
      'execute.ts',
      '1',
      'in/',
      '--bucket',
      'archive',
      '--bucket-dir',
      `archive=${folders.archive}`,
      '--dry-run',
      ...PARAMETERS,
    );
    expect(same.code, same.stderr).to.equal(0);
  });
});

describe('the folders of buckets', () => {
  let place: Workplace;
  before(async () => {
    place = await Workplace.create();
    await mkdir(join(place.root, 'other'));
    await writeFile(join(place.root, 'other', 'a.txt'), 'a');
  });
  after(async () => {
    await place.expectNothingLeft();
    await place.remove();
  });

  it('make a bucket readable that the settings do not name', async () => {
    const { code, stdout, stderr } = await place.run('execute.ts', [
      ...['1', '', '--bucket', 'other', '--target', 'local', '--json'],
      ...['--bucket-dir', place.bucket, '--bucket-dir', `other=${join(place.root, 'other')}`],
    ]);
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ succeeded: 1 });
    expect(existsSync(join(place.bucket, 'processed', 'other', 'a.txt'))).to.equal(true);
  });

  it('are refused in one line, before anything starts', async () => {
    const refused = async (folder: string, environment?: Record<string, string>) => {
      const given = ['--bucket-dir', place.bucket, '--bucket-dir', folder];
      const args = ['1', 'data/', '--target', 'local', ...given];
      const { code, stderr } = await place.answer('execute.ts', args, environment);
      expect(code, stderr).to.equal(2);
      return stderr.trim();
    };
    const within = await refused(`other=${place.bucket}/data`);
    expect(within).to.match(
      /^The bucket's folder \S+data lies in that of another bucket, \S+bucket: give each/,
    );
    const outputs = await refused(`other=${place.root}/other`, { BATCH_OUTPUT_BUCKET: 'made' });
    expect(outputs).to.equal(
      'Outputs go to the bucket made (outputBucket): give its folder, --bucket-dir made=FOLDER.',
    );
  });
});

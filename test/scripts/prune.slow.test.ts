/** prune.ts deletes only outputs whose source is gone. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { synthesizeForTest, TestCloud } from '../support/cloud';
import { Workplace } from '../support/script';

describe('prune.ts', () => {
  let place: Workplace;
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;
  const has = (key: string) => existsSync(join(place.bucket, key));

  before(async () => {
    place = await Workplace.create();
    stack = await synthesizeForTest({ BATCH_SLOTS_PER_WORKER: '1' });
    test = await TestCloud.start(stack.stackFolder, { bucketFolder: place.bucket });
    await test.register();
    await test.run({ worker_count: 1, prefix: 'data/text/' });
    await test.run({ worker_count: 1, prefix: 'data/text/note-01', processor: 'gzip' });
    await writeFile(join(place.bucket, 'processed', 'mine.txt'), 'of a person');
    await rm(join(place.bucket, 'data', 'text', 'note-01.txt'));
  });
  after(async () => {
    await test.close();
    await stack.remove();
    await place.expectNothingLeft();
    await place.remove();
  });

  it('lists outputs without a source, and deletes nothing if nobody can answer', async () => {
    const { code, stdout, stderr } = await place.run('prune.ts', place.here);
    const lines = stdout.trim().split('\n');
    expect(lines).to.have.length(2);
    for (const key of ['processed/data/text/note-01.txt', 'processed/gzip/data/text/note-01.txt'])
      expect(lines.filter((line) => line.endsWith(`/${key}`))).to.have.length(1);
    expect(stderr).to.match(/add --yes/);
    expect(code).to.equal(2);
    expect(has('processed/data/text/note-01.txt')).to.equal(true);
  });

  it("deletes them, and neither other outputs nor a person's objects", async () => {
    const { code, stderr } = await place.answer('prune.ts', ['--yes', ...place.here]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(/Deleted 2 outputs/);
    expect(has('processed/data/text/note-01.txt')).to.equal(false);
    expect(has('processed/gzip/data/text/note-01.txt')).to.equal(false);
    for (const key of ['processed/data/text/note-02.txt', 'processed/mine.txt'])
      expect(has(key)).to.equal(true);
    expect((await place.answer('prune.ts', place.here)).stderr).to.match(/All 11 outputs have their source/);
  });
});

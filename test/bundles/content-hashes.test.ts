/** A hash that is kept counts as long as the file system says that the file is the same. */
import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { contentHash } from '../../bundles/content-hashes';

describe('the hash of a file’s content', () => {
  let folder: string;
  let file: string;
  let first: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hashes-'));
    file = join(folder, 'file');
    writeFileSync(file, 'one');
    first = hash();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const hash = () => contentHash(file, statSync(file));
  /** Makes the file old, so that its hash is kept. */
  const hashOld = () => contentHash(file, Object.assign(statSync(file), { mtimeMs: 1, ctimeMs: 1 }));

  it('is that of its content', () => {
    writeFileSync(file, 'two');
    const second = hash();
    expect(second).not.to.equal(first);
    writeFileSync(file, 'one');
    expect(hash()).to.equal(first);
  });

  it('is not read again while nothing says that it has changed', () => {
    expect(hashOld()).to.equal(first);
    writeFileSync(file, 'two');
    expect(hashOld(), 'the same size, times and inode').to.equal(first);
  });

  it('is read again if the size, a time or the inode has changed, also with its old date', () => {
    expect(hashOld()).to.equal(first);
    writeFileSync(file, 'longer');
    expect(hashOld(), 'size').not.to.equal(first);
    writeFileSync(file, 'two');
    utimesSync(file, 1, 1);
    expect(contentHash(file, Object.assign(statSync(file), { mtimeMs: 1 })), 'time').not.to.equal(first);
    writeFileSync(join(folder, 'other'), 'six');
    renameSync(join(folder, 'other'), file);
    expect(hashOld(), 'inode').not.to.equal(first);
  });

  it('is read again if the file is so new that it may change within its time stamp', () => {
    const stats = Object.assign(statSync(file), { ctimeMs: Date.now() + 60_000 });
    expect(contentHash(file, stats)).to.equal(first);
    writeFileSync(file, 'two');
    expect(contentHash(file, stats)).not.to.equal(first);
  });
});

/** A listing holds only its windows of a large bucket, for any layout of the objects. */
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { DirectoryNames } from '../../../../../local/services/s3/folder/directory-names';
import { BucketFolder } from '../../../../../local/services/s3/folder/folder';
import { fromBytes } from '../../../../../local/services/s3/folder/keys';
import { walkKeys } from '../../../../../local/services/s3/folder/walk';

const OBJECTS = 12_000;
/** A key that is kept takes this number of bytes, and its path takes more. */
const KEY_LENGTH = 150;
/** Other memory that a process allocates meanwhile stays below this limit. */
const BYTES_PER_OBJECT = KEY_LENGTH / 2;

const END = '.'.padEnd(KEY_LENGTH, 'x');

const trees: Record<string, (index: number) => string> = {
  'one folder': (index) => `${(index * 7919) % OBJECTS}${END}`,
  'a deep tree': (index) =>
    `${[...String(index).padStart(5, '0')].reverse().slice(0, 3).join('/')}/${index}${END}`,
};

describe('S3 listings of many objects', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 's3-scale-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };

  for (const [where, pathOf] of Object.entries(trees)) {
    it(`in ${where} are in order, and grow by less than ${BYTES_PER_OBJECT} bytes an object`, async () => {
      const made = new Set<string>();
      // A link takes a tenth of the time that a file takes.
      const file = join(folder, pathOf(0));
      for (let index = 0; index < OBJECTS; index++) {
        const path = join(folder, pathOf(index));
        const parent = join(path, '..');
        if (!made.has(parent)) mkdirSync(parent, { recursive: true });
        made.add(parent);
        if (path === file) writeFileSync(file, '');
        else linkSync(file, path);
      }
      const bucket = new BucketFolder(folder);
      const names = new DirectoryNames(500);
      let [count, last, early, isOrdered, isWhole] = [0, '', 0, true, true];
      for await (const { bytes, path } of walkKeys(bucket.root, names, { prefix: '', from: '' })) {
        isOrdered &&= bytes > last;
        isWhole &&= bucket.describe(fromBytes(bytes), path)?.size === 0;
        last = bytes;
        count += 1;
        if (count === OBJECTS / 4) early = heap();
      }
      expect({ count, isOrdered, isWhole }).to.deep.equal({ count: OBJECTS, isOrdered: true, isWhole: true });
      expect((heap() - early) / (OBJECTS * 0.75)).to.be.below(BYTES_PER_OBJECT);
      bucket.close();
    });
  }
});

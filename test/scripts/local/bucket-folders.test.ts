/** --bucket-dir: its forms, and the folders that can be buckets. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../../../scripts/cli/usage-error';
import {
  type BucketFolders,
  bucketFolder,
  bucketFolderWords,
  existingFolders,
} from '../../../scripts/local/bucket-folders';
import { failure } from '../../support/failure';

const parse = (...texts: string[]) =>
  texts.reduce<BucketFolders | undefined>((folders, text) => bucketFolder(text, folders), undefined);

describe('--bucket-dir', () => {
  it('is the own bucket, or another one by its name', () => {
    expect(parse('/data', 'archive=/a', 'a.b-1=x=y')).to.deep.equal({
      own: '/data',
      others: { archive: '/a', 'a.b-1': 'x=y' },
    });
    expect(parse('archive=a')).to.deep.equal({ own: undefined, others: { archive: 'a' } });
  });

  it('is a folder whose name has an equals sign, if that is not a bucket and a folder', () => {
    for (const text of ['./date=1', '/a/date=1', 'Date=1', 'ab=1', 'date=', 'a_b=1'])
      expect(parse(text)).to.deep.equal({ own: text, others: {} });
  });

  it('is given once for each bucket', () => {
    expect(() => parse('/a', '/b')).to.throw(
      InvalidArgumentError,
      "The deployment's bucket has the folder /a already: give another bucket's as NAME=FOLDER.",
    );
    expect(() => parse('abc=/a', 'abc=/b')).to.throw(
      InvalidArgumentError,
      'The bucket abc has the folder /a already: give one.',
    );
  });

  it('becomes the same words of a command again', () => {
    const words = bucketFolderWords({ own: '/my data', others: { archive: '/a' } });
    expect(words).to.deep.equal(["--bucket-dir '/my data'", '--bucket-dir archive=/a']);
    expect(bucketFolderWords()).to.deep.equal([]);
  });
});

describe('the folders of several buckets', () => {
  let root: string;
  const at = (name: string) => join(root, name);
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'bucket-folders-'));
    for (const name of ['own/data', 'own-2', 'other']) await mkdir(at(name), { recursive: true });
    await symlink(at('other'), at('link'));
    await symlink(at('own/data'), at('inside'));
    await writeFile(at('file'), '');
  });
  after(() => rm(root, { recursive: true }));

  it('are beside each other, also if one name starts like another', async () => {
    const folders = { 'own-2': at('own-2'), other: at('link') };
    expect(await existingFolders(at('own'), folders)).to.deep.equal(folders);
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    ['one that does not exist', { abc: 'nope' }, /nope does not exist: create it/],
    ['a file', { abc: 'file' }, /file is a file: give a folder/],
    [
      'one in the own one',
      { abc: 'own/data' },
      /own\/data lies in that of another bucket, \S+own: give each/,
    ],
    ['one around the own one', { abc: '.' }, /own lies in that of another bucket/],
    ['a link into the own one', { abc: 'inside' }, /inside lies in that of another bucket/],
    ['one twice', { abc: 'other', abd: 'other' }, /other is that of another bucket/],
    ['one twice, once by a link', { abc: 'other', abd: 'link' }, /other is that of another bucket, \S+link/],
  ];
  for (const [what, names, message] of refused) {
    it(`are not ${what}`, async () => {
      const folders = Object.fromEntries(Object.entries(names).map(([name, path]) => [name, at(path)]));
      const error = await failure(existingFolders(at('own'), folders));
      expect(error).to.be.instanceOf(UsageError);
      expect(error.message).to.match(message);
    });
  }
});

import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { codePoint } from '../../../../support/code-point';
import { errorOf, startServer, type TestServer } from '../server';

/** Keys like those that cause trouble, far more often than chance would make them. */
const segment = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '.s3',
    '.S3',
    'a',
    'A',
    'a b',
    'é',
    'e\u0301',
    '\u{1F600}',
    '\uffee',
    '%2F',
    '+',
    '\\',
  ),
  fc.string({ unit: codePoint, maxLength: 4 }).map((text) => text.replaceAll('/', '')),
  fc.constantFrom('n'.repeat(255), 'n'.repeat(256), '語'.repeat(90)),
);
const key = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join('/'))
  .filter((text) => text !== '' && Buffer.byteLength(text) <= 1024);

const inOrder = (keys: string[]) =>
  keys.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

describe('S3 keys', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  it('are each an object of their own, listed in the order of their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 12 }), async (keys) => {
        try {
          for (const each of keys) await server.put(each);
          for (const each of keys) expect(await server.text(each)).to.equal(each);
          expect(await server.keys()).to.deep.equal(inOrder([...keys]));
        } finally {
          for (const each of keys) await server.remove(each);
        }
        expect(await server.keys()).to.deep.equal([]);
        expect(await readdir(server.folder)).to.deep.equal(['.s3']);
      }),
      { numRuns: 12 },
    );
  });

  it('are the paths of their files if possible', async () => {
    for (const each of [
      'a b.txt',
      'data/ä+%#?.txt',
      'x/.s3/y',
      '.hidden',
      'n'.repeat(255),
      `${'dir/'.repeat(255)}f`,
    ]) {
      await server.put(each);
      expect(await readFile(join(server.folder, each), 'utf8')).to.equal(each);
    }
  });

  it('never lead outside, in any form', async () => {
    const hostile = [
      '../outside',
      '../../../../../../../../tmp/outside',
      '/etc/outside',
      'a/../../outside',
      '.s3/meta/outside',
      '.s3/keys/outside',
      './a',
      'a/./b',
      'dir/',
      '//',
      'nul\0byte',
      'line\r\nbreak',
      '語'.repeat(341),
      'k'.repeat(1024),
      '/'.repeat(1024),
      '..',
      '.',
    ];
    for (const each of hostile) await server.put(each);
    expect(await server.keys()).to.deep.equal(inOrder([...hostile]));
    for (const each of hostile) expect(await server.text(each)).to.equal(each);
    expect(await readdir(server.folder)).to.have.members(['.s3', 'line\r\nbreak']);
    expect(await errorOf(server.put('k'.repeat(1025)))).to.deep.equal(['KeyTooLongError', 400]);
    expect(await errorOf(server.text('é'.repeat(513)))).to.deep.equal(['KeyTooLongError', 400]);
  });

  it('differ by case and by normal form', async () => {
    const keys = ['dir/File', 'dir/file', 'Dir/file', 'caf\u00e9', 'cafe\u0301', '\u1e9b\u0323', '\u1e69'];
    for (const each of keys) await server.put(each);
    for (const each of keys) expect(await server.text(each)).to.equal(each);
    expect(await server.keys()).to.deep.equal(inOrder([...keys]));
    await server.remove('dir/file');
    expect(await server.keys()).to.deep.equal(inOrder(keys.filter((each) => each !== 'dir/file')));
  });

  it('may be a folder and an object, in either order', async () => {
    await server.put('a');
    await server.put('a/b/c');
    await server.put('a/b');
    await server.put('d/e');
    await server.put('d');
    expect(await server.keys()).to.deep.equal(['a', 'a/b', 'a/b/c', 'd', 'd/e']);
    await server.put('a', 'again');
    await server.put('d', 'again');
    await server.remove('d/e');
    await server.put('d', 'third');
    expect(await server.text('a')).to.equal('again');
    expect(await server.text('d')).to.equal('third');
    for (const each of ['a', 'a/b', 'a/b/c', 'd']) await server.remove(each);
    expect(await server.keys()).to.deep.equal([]);
  });

  it('do not follow symbolic links', async () => {
    const outside = await mkdtemp(join(tmpdir(), 's3-outside-'));
    try {
      await writeFile(join(outside, 'secret'), 'secret');
      await symlink(outside, join(server.folder, 'link'));
      await symlink(join(outside, 'secret'), join(server.folder, 'file'));
      await symlink(join(outside, 'nowhere'), join(server.folder, 'dangling'));
      expect(await server.keys()).to.deep.equal([]);
      for (const each of ['link/secret', 'file', 'dangling']) {
        expect(await errorOf(server.text(each))).to.deep.equal(['NoSuchKey', 404]);
        await server.remove(each);
      }
      const keys = ['dangling', 'dangling/x', 'file', 'link', 'link/deep/er', 'link/secret'];
      for (const each of keys) await server.put(each);
      for (const each of keys) expect(await server.text(each)).to.equal(each);
      expect(await server.keys()).to.deep.equal(keys);
      expect(await readFile(join(outside, 'secret'), 'utf8')).to.equal('secret');
      expect(await readdir(outside)).to.deep.equal(['secret']);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('are not made of files whose names cannot be a key', async () => {
    await writeFile(Buffer.from(`${server.folder}/caf\xe9`, 'latin1'), 'not UTF-8');
    await mkdir(join(server.folder, 'empty'));
    await writeFile(join(server.folder, 'good'), '');
    expect(await server.keys()).to.deep.equal(['good']);
    await access(Buffer.from(`${server.folder}/caf\xe9`, 'latin1'));
  });
});

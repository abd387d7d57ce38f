import { expect } from 'chai';
import { compileGlobs, literalStart } from '../../../../runtime/selector/criteria/glob';

/** A glob, keys that match, keys that do not. */
const GLOBS: [string, string[], string[]][] = [
  ['**/*.jpg', ['a.jpg', 'd/a.jpg', 'd/e/a.jpg', 'd//a.jpg', '/a.jpg'], ['a.JPG', 'a.jpg/', 'a.jpeg']],
  ['*.jpg', ['a.jpg', '.jpg.jpg'], ['d/a.jpg']],
  ['**', ['a', 'd/a', 'd/', '.hidden', 'd/.hidden/a'], []],
  ['data/**', ['data/a', 'data/', 'data/.a/b'], ['data', 'database/a']],
  ['data/*', ['data/a', 'data/.a'], ['data/', 'data/a/', 'data/a/b']],
  ['data/**/a', ['data/a', 'data/b/a', 'data/b/c/a'], ['data/ba']],
  ['**/tmp/**', ['tmp/a', 'd/tmp/a', 'd/tmp/'], ['atmp/a', 'tmp']],
  ['**/.*', ['.env', 'd/.env'], ['env']],
  ['{in,out}/*.{csv,json}', ['in/a.csv', 'out/b.json'], ['in/a.txt', 'other/a.csv']],
  ['log-{1..12}.txt', ['log-2.txt', 'log-12.txt'], ['log-13.txt', 'log-02.txt']],
  ['log-{01..12}.txt', ['log-02.txt', 'log-12.txt'], ['log-2.txt', 'log-13.txt']],
  ['{0..10..5}', ['0', '5', '10'], ['1']],
  ['part-?', ['part-1', 'part-ä'], ['part-', 'part-12', 'part-/']],
  ['[ab].txt', ['a.txt', 'b.txt'], ['c.txt']],
  ['[!ab].txt', ['c.txt'], ['a.txt', '/.txt']],
  ['[[:digit:]]*', ['1a'], ['a1']],
  ['@(a|b).txt', ['a.txt'], ['c.txt']],
  ['!a', ['!a'], ['b']],
  ['a\\*b', ['a*b'], ['axb']],
  ['[a]{b}(c).txt', ['[a]{b}(c).txt'], []],
  ['x\\[1\\].txt', ['x[1].txt'], ['x1.txt']],
  ['two  spaces *', ['two  spaces and trailing '], ['two spaces x']],
  ['100%.txt', ['100%.txt'], ['100.txt']],
  ['region=*/a+b&c', ['region=eu/a+b&c'], ['region=eu/aab&c']],
  ['**/日本語/*', ['日本語/ファイル', 'd/日本語/x'], ['日本/x']],
  ['a*b', ['a\nb', 'a\u2028b', 'a🚀b', 'a\\b'], ['a/b']],
  ['a/b', ['a/b'], ['a/b/', 'A/b']],
  ['a//b', ['a//b'], ['a/b']],
];

describe('a glob', () => {
  for (const [glob, matching, others] of GLOBS) {
    it(`${glob} is matched with the whole key`, () => {
      const test = compileGlobs([glob]);
      expect(matching.filter((key) => !test(key))).to.deep.equal([]);
      expect(others.filter((key) => test(key))).to.deep.equal([]);
    });
  }

  it('may be one of several, and a match of one is enough', () => {
    const test = compileGlobs(['*.jpg', '*.png']);
    expect(['a.jpg', 'a.png', 'a.gif'].map(test)).to.deep.equal([true, true, false]);
  });

  it('that does not compile is named in the error', () => {
    expect(() => compileGlobs(['*.jpg', 'a{b'])).to.throw(
      /^"a\{b" is not a glob \([^:()]+\): write \\ before/,
    );
    expect(() => compileGlobs([''])).to.throw('A glob is empty');
    expect(compileGlobs(['a'.repeat(1024)])('a'.repeat(1024))).to.equal(true);
    expect(() => compileGlobs(['a'.repeat(1025)])).to.throw('1025 characters: give at most 1024');
  });

  it('gives the prefix of the keys that it matches', () => {
    const starts: [string[], string][] = [
      [['data/2026/**/*.jpg'], 'data/2026'],
      [['data/a.jpg'], 'data/a.jpg'],
      [['**/*.jpg'], ''],
      [['data/*.jpg', 'data/sub/**'], 'data'],
      [['data/2026/*', 'data/2025/*'], 'data/202'],
      [['data/{a,b}/*'], 'data'],
      [['data/\\[a\\]/*'], ''],
      [['./a/*'], ''],
      [['data/*', 'other'], ''],
    ];
    for (const [globs, start] of starts) expect(literalStart(globs), String(globs)).to.equal(start);
    for (const [glob, matching] of GLOBS) {
      for (const key of matching)
        expect(key.startsWith(literalStart([glob])), `${glob} ${key}`).to.equal(true);
    }
  });
});

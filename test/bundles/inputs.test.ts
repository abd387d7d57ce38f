/** A kept build is reused as long as its inputs have not changed. */
import { chmodSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { digestOf, haveChangedSince } from '../../bundles/inputs';
import { writeFiles } from '../support/files';

const ONE = 'sources/one/index.ts';
const DATA = 'sources/one/data';
const PACKAGE = 'node_modules/made-up/lib/index.js';

describe('the inputs of a build', () => {
  let folder: string;
  let first: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inputs-'));
    for (const path of [ONE, `${DATA}/list.txt`, PACKAGE]) write(path, '');
    write('node_modules/made-up/package.json', '{}');
    first = digest();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (path: string) => join(folder, path);
  const digest = () => digestOf([ONE, DATA, PACKAGE].map(at));
  const write = (path: string, text: string) => writeFiles(folder, { [path]: text });

  const changes: Record<string, () => void> = {
    'the content of a file': () => write(ONE, '1'),
    'a file that goes': () => rmSync(at(ONE)),
    'whether a file is a program': () => chmodSync(at(ONE), 0o755),
    'a file that comes into a folder': () => write('sources/one/data/more/list.txt', '1'),
    'a file of a folder': () => write('sources/one/data/list.txt', '2'),
    'a file that an import of the folder means': () => write('sources/one.ts', ''),
    'a file of another extension that an import means': () => write('sources/one/index.tsx', ''),
    'the content of a package': () => write(PACKAGE, '1'),
    "a package's package.json": () => write('node_modules/made-up/package.json', '{"type":"module"}'),
    'a package.json nearer to the file': () => write('sources/one/package.json', '{}'),
    'a tsconfig.json nearer to the file': () => write('sources/one/tsconfig.json', '{}'),
    'a package nearer to the file': () => write('sources/one/node_modules/@some/package/index.js', ''),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`change with ${what}`, () => {
      change();
      expect(digest()).not.to.equal(first);
    });
  }

  const others: Record<string, () => void> = {
    'another file beside it': () => write('sources/one/other.ts', ''),
    dates: () => utimesSync(at(ONE), 1, 1),
    'what a tool leaves': () => write('sources/one/data/__pycache__/list.pyc', ''),
    'another folder of the project': () => write('docs/index.md', ''),
  };
  for (const [what, change] of Object.entries(others)) {
    it(`do not change with ${what}`, () => {
      change();
      expect(digest()).to.equal(first);
    });
  }

  it('differ from those that were read if one has changed since, or one was added', () => {
    const start = Date.now();
    const isChanged = (time = start) => haveChangedSince(time, [at(ONE), at(DATA)]);
    const paths = ['sources/one', ONE, DATA, `${DATA}/list.txt`];
    const rest = () => {
      for (const path of paths) utimesSync(at(path), 1, 1);
    };
    rest();
    expect(isChanged()).to.equal(false);
    write(ONE, '1');
    expect(isChanged()).to.equal(true);
    rest();
    write('sources/one/index.tsx', '');
    expect(isChanged()).to.equal(true);
  });

  it('may have changed since if the time stamp is too coarse to show it', () => {
    const isChanged = (seconds: number, time: number) => {
      for (const path of ['sources/one', ONE]) utimesSync(at(path), seconds, seconds);
      return haveChangedSince(time, [at(ONE)]);
    };
    // The time is later than that of every other file: npm's list of installed packages counts, too.
    const second = Math.ceil(Date.now() / 1000) + 60;
    const later = (milliseconds: number) => second * 1000 + milliseconds;
    expect(isChanged(second, later(1_500)), 'whole seconds').to.equal(true);
    expect(isChanged(second, later(2_500)), 'whole seconds, long before').to.equal(false);
    expect(isChanged(second + 0.25, later(260)), 'a tick of the clock').to.equal(true);
    expect(isChanged(second + 0.25, later(500)), 'fractions of a second').to.equal(false);
  });
});

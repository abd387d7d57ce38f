/** The settings processorsFolder and processor: a folder of processors outside of the project, and the folders that are refused. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { loadConfig } from '../../../stacks/settings/config';
import { ConfigError } from '../../../stacks/settings/config-error';
import { writeFiles } from '../../support/files';

describe('the folder of processors', () => {
  let base: string;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'folder-')));
  });
  afterEach(() => rmSync(base, { recursive: true }));

  const load = (environment: Record<string, string>, context = {}) => loadConfig({ environment, context });

  /** Makes files below a folder, by their paths. */
  function make(name: string, files: string[]): string {
    const folder = join(base, name);
    mkdirSync(folder, { recursive: true });
    writeFiles(folder, Object.fromEntries(files.map((file) => [file, '{}'])));
    return folder;
  }

  const PROJECT = ['package.json', 'package-lock.json'];
  const full = (...names: string[]) => [...PROJECT, ...names.map((name) => `${name}/index.ts`)];

  it('is processors/ of the project, unless the setting names another', () => {
    expect(load({})).to.include({ processorsFolder: join(ROOT, 'processors'), processor: 'checksum' });
    const ours = make('ours', full('resize'));
    expect(load({ BATCH_PROCESSORS_FOLDER: ours })).to.include({ processorsFolder: ours });
  });

  it('is found relative to the working directory, and from cdktf.json relative to that file', () => {
    const ours = make('ours', full('resize'));
    const fromHere = relative(process.cwd(), ours);
    expect(load({ BATCH_PROCESSORS_FOLDER: fromHere })).to.include({ processorsFolder: ours });
    const processorsFolder = relative(ROOT, ours);
    expect(load({}, { processorsFolder })).to.include({ processorsFolder: ours });
    const options = { processorsFolder: fromHere };
    expect(loadConfig({ environment: {}, context: {}, options }).processorsFolder).to.equal(ours);
  });

  it('has the default processor of executions: checksum, or else the first by name', () => {
    const load = (names: string[]) => {
      rmSync(join(base, 'ours'), { recursive: true, force: true });
      const folder = make('ours', full(...names));
      return loadConfig({ environment: { BATCH_PROCESSORS_FOLDER: folder }, context: {} }).processor;
    };
    expect(load(['resize', 'classify'])).to.equal('classify');
    expect(load(['resize', 'checksum', 'a'])).to.equal('checksum');
  });

  it('is the folder in which a processor is looked up', () => {
    const ours = { BATCH_PROCESSORS_FOLDER: make('ours', full('resize', 'classify')) };
    expect(load({ ...ours, BATCH_PROCESSOR: 'resize' }).processor).to.equal('resize');
    expect(() => load({ ...ours, BATCH_PROCESSOR: 'gzip' })).to.throw(
      ConfigError,
      'BATCH_PROCESSOR is "gzip": must be one of classify, resize, the folders of processorsFolder',
    );
  });

  it('may be a link', () => {
    const ours = make('ours', full('resize'));
    symlinkSync(ours, join(base, 'link'));
    expect(load({ BATCH_PROCESSORS_FOLDER: join(base, 'link') }).processor).to.equal('resize');
  });

  const refused: [string, () => string, string | RegExp][] = [
    ['does not exist', () => join(base, 'none'), 'there is no such folder'],
    ['is a file', () => join(make('a', ['file']), 'file'), 'that is a file: give a folder'],
    [
      'has no package.json',
      () => make('a', ['resize/index.ts']),
      /^it has no package\.json: run `npx ts-node scripts\/new-processor\.ts <name> --processors-folder .*`, or `npm init` there$/,
    ],
    [
      'has no package-lock.json',
      () => make('a', ['package.json', 'resize/index.ts']),
      'it has no package-lock.json of its own: run `npm install` there',
    ],
    [
      'lies in node_modules',
      () => make('node_modules/ours', full('resize')),
      'npm replaces what lies in node_modules: give a folder elsewhere',
    ],
    [
      'leads into node_modules',
      () => {
        symlinkSync(make('node_modules/ours', full('resize')), join(base, 'link'));
        return join(base, 'link');
      },
      'npm replaces what lies in node_modules: give a folder elsewhere',
    ],
    ['is the project', () => ROOT, 'this project lies in it: give a folder that holds processors only'],
    ['holds the project', () => '/', 'this project lies in it: give a folder that holds processors only'],
    ['has no processor', () => make('a', PROJECT), /^it has no processor: make one with /],
  ];
  for (const [what, folder, problem] of refused) {
    it(`is refused in one line if it ${what}`, () => {
      const path = folder();
      const start = `BATCH_PROCESSORS_FOLDER is "${path}": `;
      const refuse = () => load({ BATCH_PROCESSORS_FOLDER: path });
      expect(refuse).to.throw(ConfigError, start);
      try {
        refuse();
      } catch (error) {
        const rest = (error as Error).message.slice(start.length);
        if (typeof problem === 'string') expect(rest).to.equal(problem);
        else expect(rest).to.match(problem);
        expect(rest).not.to.include('\n');
      }
    });
  }
});

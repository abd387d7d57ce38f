/**
 * Processors in a folder outside of the project: built, described and versioned like those inside, and the only processors in the image.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { bundleRuntime, bundleWorker } from '../../../bundles';
import { filesOf } from '../../../bundles/files';
import { ROOT } from '../../../root';
import { createProject } from '../../../scripts/new-processor/project';
import { writeFiles } from '../../support/files';

const DEFINE = "import { defineProcessor } from 's3-batch-processor/processor';\n";
const BODY = "export default defineProcessor({ process: () => ({ body: '' }) });\n";

describe('processors outside of the project', () => {
  let base: string;
  let folder: string;
  const written = new Set<string>();

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'outside-'));
    folder = join(base, 'our-processors');
    createProject(folder);
    write({ 'one/index.ts': DEFINE + BODY });
  });
  afterEach(() => {
    rmSync(base, { recursive: true });
    for (const path of written) rmSync(path, { recursive: true, force: true });
  });

  const write = (files: Record<string, string>) => writeFiles(folder, files);

  const describeAll = (processorsFolder = folder) => {
    const bundles = bundleRuntime({ processorsFolder });
    written.add(dirname(bundles.worker.folder));
    return bundles.processors;
  };
  const worker = (processorsFolder = folder) => {
    const bundle = bundleWorker({ processorsFolder });
    written.add(dirname(bundle.folder));
    return bundle;
  };
  const versions = (processorsFolder = folder) =>
    JSON.parse(readFileSync(join(worker(processorsFolder).folder, 'processors/versions.json'), 'utf8'));

  it('are only those of that folder', () => {
    expect(describeAll()).to.have.keys(['one']);
    expect(describeAll().one).to.have.property('version', versions().one);
  });

  it('do not change the bundle of processors/', () => {
    const own = bundleWorker().folder;
    const before = filesOf(own);
    worker();
    expect(filesOf(own)).to.deep.equal(before);
  });

  it('have the same version and image for any place and name of their folder', () => {
    const [before, tag] = [versions(), worker().imageTag('arm64')];
    const moved = join(base, 'moved', 'theirs');
    cpSync(folder, moved, { recursive: true });
    expect(versions(moved)).to.deep.equal(before);
    expect(worker(moved).imageTag('arm64')).to.equal(tag);
  });

  it('are type-checked by their tsconfig.json', () => {
    const check = () => {
      const tsc = join(ROOT, 'node_modules', 'typescript-7', 'bin', 'tsc');
      return spawnSync(process.execPath, [tsc, '--noEmit', '--project', folder], { encoding: 'utf8' });
    };
    write({
      'one/index.ts': `import { createHash } from 'node:crypto';\n${DEFINE}${BODY}console.log(createHash);\n`,
    });
    expect(check()).to.include({ status: 0, stdout: '' });
    write({ 'one/index.ts': `${DEFINE}export default defineProcessor({ process: 1 });\n` });
    expect(check().stdout).to.match(/one\/index\.ts\(2,\d+\): error TS/);
  });

  const at = 'our-processors/faulty/index.ts';
  const faults: Record<string, [string, string | RegExp]> = {
    'a syntax error': [`${DEFINE}export default {\n`, /^our-processors\/faulty\/index\.ts:3:1: /],
    'a package that is not declared': [
      `${DEFINE}import 'left-pad';\n${BODY}`,
      `${at}:2 imports left-pad, which our-processors/package.json does not declare: run \`npm install left-pad\` in our-processors/`,
    ],
    'a package of the project': [
      `${DEFINE}import 'zod';\n${BODY}`,
      `${at}:2 imports zod: import \`z\` from s3-batch-processor/processor, which has its own zod`,
    ],
    'another part of the project': [
      `import 's3-batch-processor/client';\n${DEFINE}${BODY}`,
      `${at}:1 imports s3-batch-processor/client: a processor imports s3-batch-processor/processor and nothing else of s3-batch-processor`,
    ],
    'an error while it loads': [
      `${DEFINE}${BODY}throw new Error('no model');\n`,
      'Error: no model (our-processors/faulty/index.ts:3:7)',
    ],
    'no processor': [
      'export const nothing = 1;\n',
      /^our-processors\/faulty exports no processor by default/,
    ],
  };
  for (const [what, [source, error]] of Object.entries(faults)) {
    it(`with ${what} are named by their own folder`, () => {
      write({ 'faulty/index.ts': source });
      const { faulty, one } = describeAll();
      if (typeof error === 'string') expect(faulty).to.deep.equal({ error });
      else expect(faulty).to.have.property('error').that.matches(error);
      expect(one).to.have.property('version');
    });
  }

  it('may link within their folder, and not out of it', () => {
    writeFileSync(join(base, 'far.ts'), DEFINE + BODY);
    write({ 'shared/word.txt': 'word' });
    symlinkSync('../shared/word.txt', join(folder, 'one', 'word.txt'));
    mkdirSync(join(folder, 'far'));
    symlinkSync('../../far.ts', join(folder, 'far', 'index.ts'));
    mkdirSync(join(base, 'elsewhere'));
    writeFileSync(join(base, 'elsewhere', 'index.ts'), DEFINE + BODY);
    symlinkSync('../elsewhere', join(folder, 'linked'));
    const { one, far, linked } = describeAll();
    expect(one).to.have.property('version');
    const copy = 'outside of our-processors/: copy it, since other checkouts do not have it';
    expect(far)
      .to.have.property('error')
      .that.matches(/^our-processors\/far\/index\.ts is a link to .*far\.ts, /);
    expect(far).to.have.property('error').that.includes(copy);
    expect(linked)
      .to.have.property('error')
      .that.matches(/^our-processors\/linked is a link to .*elsewhere, /);
  });

  describe('in the context of the image', () => {
    const contextOf = () => {
      const context = worker().writeImageContext();
      return { context, files: filesOf(context) };
    };

    it('are the bundle and the files for the installation of packages, and nothing else of their folder', () => {
      write({
        'one/model.bin': 'weights',
        'one/.env': 'API_KEY=secret-in-a-hidden-file',
        '.secrets.env': 'API_KEY=secret-in-a-hidden-file',
        'node_modules/left-pad/index.js': '',
        '.venv/bin/python': '',
        'one/__pycache__/x.pyc': '',
        'README.md': 'ours',
        'requirements.txt': 'numpy==2.0.0\n',
      });
      const { context, files } = contextOf();
      const install = filesOf(join(ROOT, 'bundles/install')).map((file) => `system/bundles/install/${file}`);
      expect(files.filter((file) => !file.startsWith('worker/'))).to.have.members([
        'Dockerfile',
        'packages/processors/package-lock.json',
        'packages/processors/package.json',
        'system/processors/apt.txt',
        'system/processors/requirements.txt',
        ...install,
      ]);
      const { folder: bundle } = worker();
      expect(files.filter((file) => file.startsWith('worker/'))).to.deep.equal(
        filesOf(bundle).map((file) => `worker/${file}`),
      );
      expect(files).to.include('worker/processors/one/model.bin');
      const texts = files.map((file) => readFileSync(join(context, file), 'utf8'));
      expect(texts.filter((text) => text.includes('secret-in-a-hidden-file'))).to.deep.equal([]);
    });

    it('leave nothing of an earlier one behind', () => {
      write({ 'one/model.bin': 'weights' });
      contextOf();
      rmSync(join(folder, 'one', 'model.bin'));
      expect(contextOf().files).not.to.include('worker/processors/one/model.bin');
    });

    const changes: Record<string, () => void> = {
      'a source': () => write({ 'one/index.ts': `${DEFINE}${BODY}console.log(1);\n` }),
      'a file beside it': () => write({ 'one/model.bin': 'other weights' }),
      'apt.txt': () => write({ 'apt.txt': 'ffmpeg\n' }),
      'requirements.txt': () => write({ 'requirements.txt': 'numpy==2.0.0\n' }),
      '.npmrc': () => write({ '.npmrc': 'fund=false\n' }),
      'a package': () => {
        write({ 'package.json': JSON.stringify({ dependencies: { a: '1.0.0' } }) });
        write({
          'package-lock.json': JSON.stringify({
            lockfileVersion: 3,
            packages: { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } },
          }),
        });
      },
    };
    for (const [what, change] of Object.entries(changes)) {
      it(`give the image another tag with ${what}`, () => {
        const before = worker().imageTag('x86_64');
        change();
        expect(worker().imageTag('x86_64')).not.to.equal(before);
      });
    }

    for (const line of [
      '//registry.example.org/:_authToken=npm_abcdef',
      '_auth = dXNlcjpwYXNz',
      '//r.example.org/:_password="cGFzcw=="',
    ]) {
      it(`have no .npmrc with ${line.split('=')[0]}`, () => {
        write({ '.npmrc': `registry=https://registry.example.org/\n${line}\n` });
        expect(() => worker()).to.throw(
          'the image would be built with the credential in its .npmrc: keep that in ~/.npmrc',
        );
        write({ '.npmrc': '//registry.example.org/:_authToken=${NPM_TOKEN}\n' });
        expect(worker().imageTag('x86_64')).to.match(/^\w{16}$/);
      });
    }
  });

  it('are installed by the command of the project', () => {
    write({ 'requirements.txt': '# none\n' });
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '-r',
        'ts-node/register',
        'scripts/install-processors.ts',
        '--processors-folder',
        relative(ROOT, folder),
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(status, stderr).to.equal(0);
  });
});

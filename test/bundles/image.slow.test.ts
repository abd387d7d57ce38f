/**
 * Packages that people import work in a fresh clone, and in the image. The test runs the Dockerfile's steps by hand, and uses their result
 * as an unprivileged user that may write nothing.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { filesOf } from '../../bundles/files';
import { processorNames } from '../../bundles/processors/names';
import { ROOT } from '../../root';
import type * as CopyExample from '../../scripts/new-processor/copy-example';
import { EXAMPLES as EXAMPLES_FOLDER, readExample } from '../../scripts/new-processor/example';
import { neededBy } from '../examples/needed';
import { ProjectCopy } from '../support/project-copy';
import { isMissing } from '../support/tools';
import { build, type Image, UNPRIVILEGED } from './docker-build';
import { EXAMPLES, type Example, PACKAGES } from './imports';
import { BUILT, Registry } from './registry';
import { WorkerInCloud } from './worker';

const UNREVIEWED = {
  manifest: {
    name: '@made-up/unreviewed',
    version: '2.0.0',
    scripts: { install: 'node -e "process.exit(1)"' },
  },
  files: { 'index.js': '' },
};
/** Depends on the other package. */
const INDIRECT = {
  manifest: {
    name: '@made-up/indirect',
    version: '3.0.0',
    dependencies: { '@made-up/unreviewed': '2.0.0' },
  },
  files: { 'index.js': '' },
};

/**
 * The processors of EXAMPLES whose packages have install scripts, or might have. They are added first, since all processors are built again
 * and again.
 */
const SCRIPTED = ['install-script', 'native-add-on'];

const IMAGE = 'data/images/gradient-1.png';

/** Processors of examples/, by their own names: a sample of each, and the record of its first output. */
const SAMPLES: Record<string, [sample: string, record?: object]> = {
  'pdf-text': ['letter.pdf', { pages: 2, pages_without_text: 0, characters: 177 }],
  'csv-to-parquet': ['orders.csv', { rows: 4, bad_rows: 0 }],
  'image-labels': ['digit-7.png', { label: '7', score: 0.999 }],
  'audio-preview': ['chirp.wav'],
  'sheets-to-csv': ['orders.xlsx', { sheet: 'Orders', rows: 3 }],
  redact: ['mail.txt', { email: 2, iban: 1, card: 1 }],
  'records-to-csv': ['SUCCEEDED_0.jsonl', { rows: 2 }],
};

describe('packages that people import', () => {
  let registry: Registry;
  let copy: ProjectCopy;
  let rig: WorkerInCloud;

  before(async () => {
    registry = await Registry.start([BUILT, UNREVIEWED, INDIRECT]);
    copy = ProjectCopy.create();
    copy.append('.npmrc', `\n@made-up:registry=${registry.url}\n`);
    write(SCRIPTED);
    copy.write({
      'processors/unreviewed/index.ts': "import '@made-up/indirect';\nexport default 1;\n",
    });
    const madeUp = ['@made-up/built', '@made-up/indirect'];
    const examples = processorNames(EXAMPLES_FOLDER).map(readExample);
    const allowScripts = Object.assign({}, ...examples.map((example) => example.allowScripts));
    copy.edit('package.json', (manifest) => ({ ...manifest, allowScripts }));
    const packages = new Set(
      examples
        .flatMap((example) => Object.entries(example.packages))
        .map(([name, version]) => `${name}@${version}`),
    );
    await copy.npm('install', ...PACKAGES, ...packages, ...madeUp, '--workspace', 'processors');
    rig = await WorkerInCloud.start();
    await rig.cloud.put(['data/a.txt']);
    cpSync(join(ROOT, 'local', 'bucket', IMAGE), join(rig.cloud.bucket, IMAGE), { recursive: true });
  });
  after(async () => {
    await rig?.close();
    registry?.close();
    copy?.remove();
  });

  /** Processors of EXAMPLES. */
  function write(names: string[]): void {
    for (const name of names) {
      const { files, links = {} } = EXAMPLES[name] as Example;
      for (const [path, contents] of Object.entries(files))
        copy.write({ [join('processors', name, path)]: contents });
      for (const [path, target] of Object.entries(links))
        symlinkSync(target, join(copy.folder, 'processors', name, path));
    }
  }

  /** Processors of all kinds, including those of examples/, with their needs beside the packages of npm. */
  async function writeAll(): Promise<void> {
    write(Object.keys(EXAMPLES).filter((name) => !SCRIPTED.includes(name)));
    chmodSync(join(copy.folder, 'processors/program-beside/greet.sh'), 0o755);
    const { copyExample } = copy.require('scripts/new-processor/copy-example.ts') as typeof CopyExample;
    for (const name of processorNames(EXAMPLES_FOLDER)) copyExample(name, readExample(name));
    cpSync(join(copy.folder, 'local', 'bucket', 'samples'), join(rig.cloud.bucket, 'samples'), {
      recursive: true,
    });
    await copy.npm('run', 'processors:install');
  }

  async function expectAllToWork(): Promise<void> {
    const made: Record<string, string> = {};
    const expected: Record<string, string> = {};
    await Promise.all(
      Object.entries(EXAMPLES).map(async ([name, { makes }]) => {
        expected[name] = makes;
        const { processed_key: key } = await rig.process(name, 'data/a.txt').catch((error: Error) => ({
          processed_key: error.message,
        }));
        made[name] = await rig.cloud.read(key).catch(() => key);
      }),
    );
    expect(made).to.deep.equal(expected);
    const { outputs } = await rig.process('thumbnail', IMAGE);
    expect(outputs?.map(({ key, record }) => ({ key, record }))).to.deep.equal([
      { key: `processed/thumbnail/${IMAGE}.256.webp`, record: { width: 64, height: 64 } },
      { key: `processed/thumbnail/${IMAGE}.1024.webp`, record: { width: 64, height: 64 } },
    ]);
  }

  it('a package with an install script is an error that names it, until package.json allows or denies it', async () => {
    const refused = (name: string, by: string, found: string) =>
      `processors/${name}/index.ts:${by} has an install script, which package.json does not allow: run ` +
      `\`npm pkg set --json 'allowScripts[${found}]=true' && npm run processors:install\` (\`false\` if it works without)`;
    const { processors } = copy.bundle();
    expect(processors['install-script']).to.deep.equal({
      error: refused('install-script', '2 imports @made-up/built: @made-up/built@1.0.0', '@made-up/built'),
    });
    expect(processors.unreviewed).to.deep.equal({
      error: refused(
        'unreviewed',
        '1 imports @made-up/indirect: @made-up/unreviewed@2.0.0',
        '@made-up/unreviewed',
      ),
    });
    expect(processors['native-add-on']).to.have.property('version');
  });

  it('an install script that is allowed and has not run is named, and runs by the command that the error names', async () => {
    await copy.npm('pkg', 'set', '--json', 'allowScripts[@made-up/built]=true');
    expect(copy.bundle().processors['install-script'])
      .to.have.property('error')
      .that.matches(
        /Cannot find package .*; `npm run processors:install` runs the install scripts of its packages$/,
      );
    await copy.npm('run', 'processors:install');
    expect(copy.bundle().processors['install-script']).to.have.property('version');
  });

  it('a package whose install script is denied works without it', async () => {
    await copy.npm('pkg', 'set', '--json', 'allowScripts[@made-up/unreviewed]=false');
    expect(copy.bundle().processors.unreviewed)
      .to.have.property('error')
      .that.matches(/exports no processor/);
  });

  it('each processor is described, and works in a fresh clone', async () => {
    await writeAll();
    const { processors, worker } = copy.bundle();
    for (const name of Object.keys(EXAMPLES)) expect(processors[name], name).to.have.property('version');
    rig.run({ folder: worker.folder, command: ['node', 'main.js'], environment: {} });
    await expectAllToWork();
    expect(await rig.stop()).to.deep.equal([0, null]);
  });

  describe('in the image', () => {
    let root: string;
    let image: Image;

    before(async () => {
      if (UNPRIVILEGED.uid === undefined)
        process.stdout.write('    Dockerfile: not run as root, so built as the user that runs the tests\n');
      process.stdout.write('    Dockerfile: apt-get is a stand-in, so no Debian package is installed\n');
      root = mkdtempSync(join(tmpdir(), 'dockerfile-'));
      chmodSync(root, 0o755);
      image = await build(copy.worker().writeImageContext(), root);
      execFileSync('chmod', ['-R', 'a-w', image.folder]);
      if (UNPRIVILEGED.uid !== undefined) execFileSync('chown', ['-R', 'root', image.folder]);
    });
    after(() => {
      execFileSync('chmod', ['-R', 'u+w', root]);
      rmSync(root, { recursive: true, force: true });
    });

    it('runs as a user other than root, whose home is the only place to write', () => {
      expect(image.user).to.equal('1000:1000');
      expect(image.environment).to.include({ HOME: '/tmp' });
    });

    it('holds the same bundle that the local cloud runs', () => {
      const { folder } = copy.worker();
      for (const file of filesOf(folder)) {
        expect(
          readFileSync(join(image.folder, file)).equals(readFileSync(join(folder, file))),
          file,
        ).to.equal(true);
      }
    });

    it('holds the packages that processors declare, and none of the project beside them', () => {
      const held = (name: string) => existsSync(join(image.folder, 'node_modules', name));
      expect(held('sharp')).to.equal(true);
      expect(['mocha', 'cdktf-cli', 'typescript', 'cdktf'].filter(held)).to.deep.equal([]);
    });

    it('holds the Debian packages of apt.txt, and compilers only if packages are built', () => {
      const installed = image.aptGet.map((args) => / install .*--no-install-recommends (.*)/.exec(args)?.[1]);
      expect(installed.filter(Boolean)).to.deep.equal([
        'python3 ffmpeg python3-openpyxl python3 python3-venv',
        'g++ make pkg-config python3-dev',
      ]);
    });

    it('processes objects, including those of the examples, and ends when told to', async () => {
      rig.run({ ...image, user: UNPRIVILEGED });
      await expectAllToWork();
      for (const [name, [sample, record]] of Object.entries(SAMPLES)) {
        if (isMissing(`${name} in the image`, neededBy(name))) continue;
        const { outputs } = await rig.process(name, `samples/${name}/${sample}`);
        expect(outputs?.[0]?.record, name).to.deep.equal(record);
      }
      expect(await rig.stop()).to.deep.equal([0, null]);
    });
  });
});

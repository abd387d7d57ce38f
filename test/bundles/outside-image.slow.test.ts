/**
 * Processors in a folder outside of the project, with packages of its own. They run with the packages that are installed there, and in the
 * image.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { bundleRuntime, type RuntimeBundles } from '../../bundles';
import { installedPackages, openProcessorsFolder } from '../../bundles/processors/folder';
import { linkPackages } from '../../local/services/ecs/images';
import { ROOT } from '../../root';
import { createProject } from '../../scripts/new-processor/project';
import { withoutNpm } from '../support/project-copy';
import { build, type Image, UNPRIVILEGED } from './docker-build';
import { BUILT, Registry } from './registry';
import { WorkerInCloud } from './worker';

const PROCESSOR = `
import built from '@made-up/built';
import { crc32 } from '@node-rs/crc32';
import { defineProcessor } from 's3-batch-processor/processor';
export default defineProcessor({
  async process(object) {
    return { body: [built, crc32(await object.text())].join(' ') };
  },
});
`;
/** The text that its processor makes of "abc". */
const MAKES = 'built when it was installed 891568578';

describe('processors outside of the project, with packages', () => {
  let registry: Registry;
  let base: string;
  let folder: string;
  let rig: WorkerInCloud;
  let bundles: RuntimeBundles;

  const npm = (...args: string[]) =>
    promisify(execFile)('npm', [...args, '--no-audit', '--no-fund', '--prefer-offline'], {
      cwd: folder,
      env: withoutNpm(),
    });
  const install = () =>
    spawnSync(
      process.execPath,
      ['-r', 'ts-node/register', 'scripts/install-processors.ts', '--processors-folder', folder],
      { cwd: ROOT, encoding: 'utf8' },
    );

  before(async () => {
    registry = await Registry.start([BUILT]);
    base = mkdtempSync(join(tmpdir(), 'outside-'));
    chmodSync(base, 0o755);
    folder = join(base, 'our-processors');
    createProject(folder);
    mkdirSync(join(folder, 'own'));
    writeFileSync(join(folder, 'own', 'index.ts'), PROCESSOR);
    writeFileSync(join(folder, '.npmrc'), `@made-up:registry=${registry.url}\nignore-scripts=true\n`);
    writeFileSync(join(folder, 'apt.txt'), 'ffmpeg\n');
    await npm('install', '@made-up/built@1.0.0', '@node-rs/crc32@1.10.8');
    rig = await WorkerInCloud.start();
    await rig.cloud.put(['data/a.txt'], () => 'abc');
  });
  after(async () => {
    await rig?.close();
    registry?.close();
    if (bundles) rmSync(dirname(bundles.worker.folder), { recursive: true, force: true });
    rmSync(base, { recursive: true, force: true });
  });

  async function expectItToWork(): Promise<void> {
    const { processed_key: key = '' } = await rig.process('own', 'data/a.txt');
    expect(await rig.cloud.read(key)).to.equal(MAKES);
    expect(await rig.stop()).to.deep.equal([0, null]);
  }

  it('name the commands that allow and run an install script', async () => {
    const describeAll = () => {
      bundles = bundleRuntime({ processorsFolder: folder });
      return bundles.processors.own;
    };
    expect(describeAll()).to.deep.equal({
      error:
        'our-processors/own/index.ts:2 imports @made-up/built: @made-up/built@1.0.0 has an install script, which package.json does not allow: run ' +
        "`npm pkg set --json 'allowScripts[@made-up/built]=true'` in our-processors/, then `npm run processors:install` (`false` if it works without)",
    });
    await npm('pkg', 'set', '--json', 'allowScripts[@made-up/built]=true');
    const { status, stdout, stderr } = install();
    expect(status, stdout + stderr).to.equal(0);
    expect(describeAll()).to.have.property('version');
  });

  it('work with the packages that are installed in their folder', async () => {
    const worker = join(base, 'worker');
    execFileSync('cp', ['-r', bundles.worker.folder, worker]);
    linkPackages(worker, installedPackages(openProcessorsFolder(folder)));
    rig.run({ folder: worker, command: ['node', 'main.js'], environment: {} });
    await expectItToWork();
  });

  describe('in the image', () => {
    let root: string;
    let image: Image;

    before(async () => {
      root = mkdtempSync(join(tmpdir(), 'dockerfile-'));
      chmodSync(root, 0o755);
      image = await build(bundles.worker.writeImageContext(), root);
      execFileSync('chmod', ['-R', 'a-w', image.folder]);
    });
    after(() => {
      execFileSync('chmod', ['-R', 'u+w', root]);
      rmSync(root, { recursive: true, force: true });
    });

    it('have their packages beside them, and none of the project', () => {
      const held = (path: string) => existsSync(join(image.folder, path));
      expect(held('processors/node_modules/@node-rs/crc32')).to.equal(true);
      expect(['node_modules/sharp', 'processors/node_modules/sharp', 'runtime'].filter(held)).to.deep.equal(
        [],
      );
      const installed = image.aptGet.map((args) => / install .*--no-install-recommends (.*)/.exec(args)?.[1]);
      expect(installed.filter(Boolean)).to.deep.equal(['ffmpeg', 'g++ make pkg-config python3-dev']);
    });

    it('work', async () => {
      rig.run({ ...image, user: UNPRIVILEGED });
      await expectItToWork();
    });
  });
});

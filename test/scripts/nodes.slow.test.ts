/** Every Node that the project names runs it: `cdktf synth`, with its terminal add-on, and a run in the local cloud. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { isMissing } from '../support/tools';

/** The oldest version that package.json allows, and the releases that are maintained: https://nodejs.org/en/about/previous-releases */
const VERSIONS = ['20.19', '22', '24'];
const PLATFORM = `${process.platform}-${process.arch}`;

const run = promisify(execFile);

describe('on each Node', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nodes-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const version of VERSIONS) {
    it(`${version}: cdktf synth and a local run`, async function () {
      const bin = await install(version);
      if (isMissing(`on Node ${version}`, { [`node-${PLATFORM}@${version} of the registry`]: bin }))
        this.skip();
      const environment = {
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        HOME: folder,
        TMPDIR: folder,
        CI: '1',
        CHECKPOINT_DISABLE: '1',
        BATCH_SLOTS_PER_WORKER: '1',
      };
      const node = async (...args: string[]) =>
        (await run(join(String(bin), 'node'), args, { cwd: ROOT, env: environment, maxBuffer: 2 ** 26 }))
          .stdout;
      expect(await node('--version')).to.match(new RegExp(`^v${version}\\.`));
      const output = join(folder, `synthesized-${version}`);
      await node(join('node_modules', '.bin', 'cdktf'), 'synth', '--output', output);
      expect(existsSync(join(output, 'stacks', 'batch-processor', 'cdk.tf.json'))).to.equal(true);
      const bucket = join(folder, `bucket-${version}`);
      const make = `require('fs').cpSync('local/bucket/data/text', ${JSON.stringify(join(bucket, 'data'))}, { recursive: true })`;
      await node('-e', make);
      const script = [
        '-r',
        'ts-node/register',
        join('scripts', 'execute.ts'),
        '1',
        'data/',
        '--target',
        'local',
      ];
      const summary = JSON.parse(await node(...script, '--bucket-dir', bucket, '--json'));
      expect(summary.status, JSON.stringify(summary)).to.equal('SUCCEEDED');
    });
  }

  /** Folder of the program; undefined without a registry, or if it lacks this Node for this platform. */
  async function install(version: string): Promise<string | undefined> {
    const bin = join(folder, `node-${version}`);
    await mkdir(bin);
    const pack = ['pack', `node-${PLATFORM}@${version}`, '--pack-destination', bin, '--silent'];
    try {
      const { stdout } = await run('npm', pack, { cwd: folder, timeout: 600_000 });
      // Extract only the program: npm would write all 2,700 files of the package.
      const program = ['-C', bin, '--strip-components=2', 'package/bin/node'];
      await run('tar', ['-xzf', join(bin, stdout.trim()), ...program]);
      return bin;
    } catch {
      return undefined;
    }
  }
});

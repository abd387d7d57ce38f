/** A synthesized stack is reused as long as its inputs have not changed. */
import { chmodSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { filesOf } from '../../../bundles/files';
import { ProjectCopy } from '../../support/project-copy';
import { until } from '../../support/until';

type Environment = Record<string, string>;

/** A mark in a kept stack, which a newly synthesized one lacks. */
const MARK = 'stacks/mark.txt';
const GZIP = 'processors/gzip/index.ts';

describe('a kept stack', () => {
  let copy: ProjectCopy;
  let first: Record<string, string>;

  before(async () => {
    copy = ProjectCopy.create();
    first = await synthesize('first');
    const kept = readdirSync(join(copy.folder, 'dist', 'stacks')).find((name) => name.includes('-')) ?? '';
    copy.write({ [`dist/stacks/${kept}/${MARK}`]: '' });
  });
  after(() => copy.remove());

  const load = (path: string) => require(join(copy.folder, path));
  const configOf = (environment: Environment) =>
    load('stacks/settings/config.ts').loadConfig({ environment });

  /** Contents of the stack, by path. */
  async function synthesize(output: string, environment: Environment = {}): Promise<Record<string, string>> {
    const { synthesizeStack }: typeof import('../../../scripts/stack/synthesize') = load(
      'scripts/stack/synthesize.ts',
    );
    const folder = join(copy.folder, output);
    const own = { PATH: process.env.PATH, NODE_OPTIONS: '--no-such-option', ...environment };
    await synthesizeStack(folder, configOf(environment), own);
    return Object.fromEntries(
      filesOf(folder).map((file) => [file, readFileSync(join(folder, file), 'base64')]),
    );
  }

  /** Whether a kept stack exists. */
  async function isKept(environment: Environment = {}): Promise<boolean> {
    const { KeptStack }: typeof import('../../../scripts/stack/kept-stack') = load(
      'scripts/stack/kept-stack.ts',
    );
    return new KeptStack(configOf(environment)).copyTo(join(copy.folder, 'taken'));
  }

  it('is the same, byte by byte', async () => {
    expect(first).to.include.keys('manifest.json', 'stacks/batch-processor/cdk.tf.json');
    expect(await synthesize('second')).to.deep.equal({ ...first, [MARK]: '' });
  });

  it("is synthesized with V8's code of main.ts", async () => {
    const commands = join(copy.folder, 'dist', 'commands');
    const isKept = () => readdirSync(commands).some((name) => /^main-\w+\.js\.v/.test(name));
    // Its process ends after the stack exists.
    await until(isKept, 'the code is kept');
  });

  it('has no files that Terraform writes into the folder of a deployment', async () => {
    const settings = { BATCH_MAX_WORKERS: '3' };
    const own = 'deployed/stacks/batch-processor';
    const leftovers = [
      '.terraform/providers/aws',
      '.terraform.lock.hcl',
      'deploy.tfplan',
      'terraform.tfstate',
    ];
    copy.write(Object.fromEntries(leftovers.map((file) => [`${own}/${file}`, 'old'])));
    await synthesize('deployed', settings);
    copy.write({ [`${own}/terraform.tfstate`]: 'new' });
    const again = await synthesize('deployed', settings);
    expect(
      Buffer.from(again['stacks/batch-processor/terraform.tfstate'] ?? '', 'base64').toString(),
    ).to.equal('new');
    const elsewhere = await synthesize('elsewhere', settings);
    expect(Object.keys(elsewhere).filter((file) => /terraform|tfplan/.test(file))).to.deep.equal([]);
  });

  it('is reused for the same settings, with any other variables in the environment', async () => {
    expect(await isKept({ CDKTF_TARGET_STACK_ID: 'x', AWS_REGION: 'eu-west-3' })).to.equal(true);
    expect(await isKept({ BATCH_MAX_WORKERS: '7' })).to.equal(false);
    expect(await isKept({ BATCH_PROCESSOR_ENVIRONMENT: '{"A":"1"}' })).to.equal(false);
  });

  it('is reused after days', async () => {
    const stacks = join(copy.folder, 'dist', 'stacks');
    for (const name of readdirSync(stacks)) utimesSync(join(stacks, name), 1, 1);
    expect(await isKept()).to.equal(true);
  });

  const changes: Record<string, string> = {
    'the workflow': 'asl/workflow.asl.json',
    'the infrastructure': 'stacks/fleet/fleet.ts',
    'the library of the infrastructure': 'node_modules/cdktf/lib/app.js',
    'a processor': GZIP,
    'a file beside a processor': 'processors/gzip/model.bin',
    'the processors that there are': 'processors/another/index.ts',
    'what the image holds': 'processors/apt.txt',
    'what the worker runs': 'runtime/worker/main.ts',
    'the image': 'Dockerfile',
    'the locked packages': 'package-lock.json',
    'a package that the worker has': 'node_modules/@aws-sdk/client-sfn/dist-es/index.js',
    'a package that a processor has': 'node_modules/sharp/package.json',
    'how bundles are made': 'bundles/index.ts',
  };
  for (const [what, path] of Object.entries(changes)) {
    it(`is out of date after a change of ${what}`, async () => {
      const undo = copy.replace(path, (text) => `${text}\n`);
      expect(await isKept()).to.equal(false);
      undo();
      expect(await isKept()).to.equal(true);
    });
  }

  it('is out of date if a file has become executable', async () => {
    chmodSync(join(copy.folder, GZIP), 0o755);
    expect(await isKept()).to.equal(false);
    chmodSync(join(copy.folder, GZIP), 0o644);
    expect(await isKept()).to.equal(true);
  });

  it('is not a stack that was made while a source changed, or while a processor did not load', async () => {
    copy.replace(GZIP, (text) => `${text}\n`);
    copy.touch(GZIP);
    await synthesize('third');
    expect(await isKept(), 'as new as the stack').to.equal(false);
    copy.replace(GZIP, () => 'throw new Error();\n');
    copy.rest();
    await synthesize('fourth');
    expect(await isKept(), 'with a processor that does not load').to.equal(false);
  });

  it('is made anew if somebody has removed its folder', async () => {
    copy.write({ [GZIP]: readFileSync(join(process.cwd(), GZIP)) });
    copy.rest();
    const stacks = join(copy.folder, 'dist', 'stacks');
    for (const name of readdirSync(stacks).filter((one) => one.includes('-')))
      rmSync(join(stacks, name), { recursive: true });
    expect(await synthesize('fifth')).to.deep.equal(first);
  });
});

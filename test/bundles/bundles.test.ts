import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { unzipSync } from 'fflate';
import { bundleRuntime, type RuntimeBundles } from '../../bundles';
import { filesOf } from '../../bundles/files';
import { resourceOf, synthesize } from '../stacks/synthesize';

const contents = (folder: string) =>
  Object.fromEntries(
    filesOf(folder).map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  );

describe('the bundles of runtime/', () => {
  let bundles: RuntimeBundles;

  before(() => {
    bundles = bundleRuntime();
  });

  it('hold the functions, which load with the environment that the stack gives them, and the worker with its slots', () => {
    const stack = synthesize();
    for (const name of ['provisioner', 'selector'] as const) {
      const { folder } = bundles[name];
      expect(readdirSync(folder)).to.have.members(['index.js', 'index.js.map', 'processors.json']);
      const { variables } = resourceOf(stack, `aws_lambda_function.${name}`).environment;
      const script = `process.stdout.write(typeof require('./index.js').handler)`;
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
        cwd: folder,
        env: { AWS_REGION: 'us-east-1', ...variables },
        encoding: 'utf8',
      });
      expect({ stdout, stderr }, name).to.deep.equal({ stdout: 'function', stderr: '' });
    }
    stack.remove();
    expect(readdirSync(bundles.worker.folder)).to.include.members([
      'main.js',
      'slot.js',
      'end-with-worker.js',
    ]);
  });

  it('zip each function as Lambda takes it, under the hash that Lambda reports', () => {
    for (const { archive, folder, sourceCodeHash } of [bundles.provisioner, bundles.selector]) {
      const zip = readFileSync(archive);
      expect(sourceCodeHash).to.equal(createHash('sha256').update(zip).digest('base64'));
      const { 'index.js': index } = unzipSync(zip);
      expect(Buffer.from(index ?? []).equals(readFileSync(join(folder, 'index.js')))).to.equal(true);
    }
  });

  it('are the same bytes from the same sources', () => {
    const before = contents(bundles.worker.folder);
    const again = bundleRuntime();
    expect(contents(again.worker.folder)).to.deep.equal(before);
    expect(again.provisioner).to.deep.equal(bundles.provisioner);
    expect(again.selector).to.deep.equal(bundles.selector);
    expect(again.worker.imageTag('x86_64')).to.equal(bundles.worker.imageTag('x86_64'));
  });

  it('give each architecture an image tag of its own', () => {
    const tag = bundles.worker.imageTag('x86_64');
    expect(tag).to.match(/^[0-9a-f]{16}$/);
    expect(bundles.worker.imageTag('arm64')).not.to.equal(tag);
  });
});

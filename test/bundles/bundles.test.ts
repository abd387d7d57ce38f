import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { unzipSync } from 'fflate';
import { bundleRuntime, type RuntimeBundles } from '../../bundles';
import { apply, resourceOf } from '../stacks/synthesize';
import { contentsOf } from './contents';

describe('the bundles of runtime/', () => {
  let bundles: RuntimeBundles;

  before(() => {
    bundles = bundleRuntime();
  });

  const readWorker = (file: string): [string, string] => [
    file,
    readFileSync(join(bundles.worker.folder, file), 'utf8'),
  ];
  /** The code of each bundle, by name. */
  const modules = (): [string, string][] => [
    readWorker('main.js'),
    readWorker('slot.js'),
    ...(['provisioner', 'selector', 'notifier'] as const).map((name): [string, string] => {
      const { 'index.js': code = new Uint8Array() } = unzipSync(readFileSync(bundles[name].archive));
      return [name, Buffer.from(code).toString()];
    }),
  ];

  for (const name of ['provisioner', 'selector'] as const) {
    it(`hold the ${name}, which loads with the environment that the stack gives it`, () => {
      const { archive, sourceCodeHash } = bundles[name];
      const zip = readFileSync(archive);
      expect(sourceCodeHash).to.equal(createHash('sha256').update(zip).digest('base64'));
      const folder = mkdtempSync(join(tmpdir(), 'function-'));
      try {
        const files = unzipSync(zip);
        expect(Object.keys(files)).to.have.members(['index.js', 'index.js.map', 'processors.json']);
        for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
        const { variables } = resourceOf(apply(), `aws_lambda_function.${name}`).environment;
        const script = `process.stdout.write(typeof require('./index.js').handler)`;
        const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
          cwd: folder,
          env: { AWS_REGION: 'us-east-1', ...variables },
          encoding: 'utf8',
        });
        expect({ stdout, stderr }).to.deep.equal({ stdout: 'function', stderr: '' });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  it('hold the worker with its slots', () => {
    expect(readdirSync(bundles.worker.folder)).to.include.members(['main.js', 'slot.js']);
  });

  it('hold no source map of a slot, which each slot would read when it starts', () => {
    expect(readdirSync(bundles.worker.folder)).to.include('main.js.map').and.not.to.include('slot.js.map');
    const slot = readFileSync(join(bundles.worker.folder, 'slot.js'), 'utf8');
    expect(slot).not.to.include('//# sourceMappingURL=');
  });

  it("hold only English of zod's languages", () => {
    for (const [file, code] of modules()) expect(code, file).not.to.include('se esperaba');
  });

  it('hold only the providers of credentials that Lambda and ECS need', () => {
    for (const [file, code] of modules()) {
      expect(code, file)
        .to.include('AWS_SECRET_ACCESS_KEY')
        .and.include('AWS_CONTAINER_CREDENTIALS_FULL_URI');
      expect(code, file).not.to.match(/credential_process|sso_start_url|AssumeRoleWithWebIdentity/);
    }
  });

  it('do not replace those for another environment of processors', () => {
    const before = readFileSync(bundles.provisioner.archive);
    const other = bundleRuntime({ processorEnvironment: { A: '1', SIMULATE_SECONDS: '0.5' } });
    expect(other.provisioner.sourceCodeHash).not.to.equal(bundles.provisioner.sourceCodeHash);
    expect(readFileSync(bundles.provisioner.archive).equals(before)).to.equal(true);
  });

  it('are the same bytes from the same sources', () => {
    const before = contentsOf(bundles.worker.folder);
    const again = bundleRuntime();
    expect(contentsOf(again.worker.folder)).to.deep.equal(before);
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

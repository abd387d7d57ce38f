/** The version of a processor changes only with inputs on which its outputs may depend. */
import { chmodSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildProcessors } from '../../../bundles/processors';
import { openProcessorsFolder } from '../../../bundles/processors/folder';
import { ProjectCopy } from '../../support/project-copy';

const MODULE = `
import sharp from 'sharp';
import { shared } from '../shared/util';
import { defineProcessor } from '../../runtime/processor';
export default defineProcessor({ process: () => ({ body: \`\${sharp.versions.vips} \${shared}\` }) });
`;
const LOADER = `
import { createRequire } from 'node:module';
import { defineProcessor } from '../../runtime/processor';
const name = process.env.LIBRARY ?? 'node:fs';
export default defineProcessor({ process: () => ({ body: String(createRequire(import.meta.url)(name)) }) });
`;

type Lock = { packages: Record<string, Record<string, unknown>> };

describe('versions of processors', () => {
  let copy: ProjectCopy;
  let current: string | undefined;

  before(() => {
    copy = ProjectCopy.create(' elsewhere');
    // This hides builds that other tests have kept.
    copy.hide('dist/builds');
    copy.write({
      'processors/one/index.ts': MODULE,
      'processors/one/model.bin': 'weights',
      'processors/shared/util.ts': 'export const shared = 1;\n',
      'processors/other/index.ts':
        "import { defineProcessor } from '../../runtime/processor';\nexport default defineProcessor({ process: () => undefined });\n",
      'processors/loader/index.ts': LOADER,
    });
    current = versions().one;
  });
  after(() => copy.remove());

  /** The versions of the processors that build, without loading them. */
  const versions = () => {
    copy.rest();
    return copy.versions();
  };
  const lock = (path: string, change: Record<string, unknown>) =>
    copy.edit('package-lock.json', (json) => {
      const { packages } = json as Lock;
      return { ...json, packages: { ...packages, [path]: { ...packages[path], ...change } } };
    });
  const write = (path: string, text: string) => copy.write({ [path]: text });

  it('are the same in another checkout', () => {
    expect(versions()).to.include(buildProcessors(openProcessorsFolder()).versions);
  });

  const changes: Record<string, () => void> = {
    'its own source': () => write('processors/one/index.ts', `${MODULE}// More.\n`),
    'a source that it shares': () => write('processors/shared/util.ts', 'export const shared = 2;\n'),
    'a file beside it': () => write('processors/one/model.bin', 'Weights'),
    'whether a file beside it is a program': () =>
      chmodSync(join(copy.folder, 'processors/one/model.bin'), 0o755),
    'another file beside it': () => write('processors/one/labels/all.txt', 'a'),
    'a script beside it': () => write('processors/one/thread.js', ''),
    'a package that only such a script may load': () =>
      lock('node_modules/@smithy/core', { version: '9.9.9' }),
    'the locked version of its package': () => lock('node_modules/sharp', { version: '0.36.0' }),
    'the locked content of its package': () => lock('node_modules/sharp', { integrity: 'sha512-other' }),
    'a dependency of its package': () => lock('node_modules/detect-libc', { version: '9.0.0' }),
    'an optional dependency of its package, of any platform': () =>
      lock('node_modules/@img/sharp-darwin-arm64', { integrity: 'sha512-other' }),
    'apt.txt': () => write('processors/apt.txt', 'python3\nffmpeg\n'),
    'requirements.txt': () => write('processors/requirements.txt', 'numpy==2.0.0\n'),
    'a wheel': () => write('processors/wheels/own-1.0.0-py3-none-any.whl', 'a zip file'),
    'the content of a wheel': () => write('processors/wheels/own-1.0.0-py3-none-any.whl', 'another'),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`change with ${what}`, () => {
      const before = current;
      change();
      current = versions().one;
      expect(current).to.match(/^[0-9a-f]{16}$/);
      expect(current).not.to.equal(before);
    });
  }

  it('change if that script is removed', () => {
    const before = current;
    copy.hide('processors/one/thread.js');
    current = versions().one;
    expect(current).not.to.equal(before);
  });

  const others: Record<string, () => void> = {
    'the code of the framework': () =>
      write(
        'runtime/processor/permanent-error.ts',
        "export class PermanentError extends Error {\n  override name = 'PermanentError';\n}\n// More.\n",
      ),
    'another processor': () => write('processors/other/index.ts', 'export default 1;\n'),
    'a file of another processor': () => write('processors/other/model.bin', 'other'),
    'a package that it does not import': () => lock('node_modules/@aws-sdk/client-s3', { version: '9.0.0' }),
    'a tool of the project': () => lock('node_modules/mocha', { version: '99.0.0' }),
    'the README': () => write('README.md', 'changed'),
    'what tools leave beside it': () => {
      write('processors/one/.DS_Store', 'x');
      write('processors/one/__pycache__/count.pyc', 'x');
      write('processors/one/node_modules/x/index.js', 'x');
    },
    dates: () => utimesSync(join(copy.folder, 'processors/one/model.bin'), 1, 1),
  };
  for (const [what, change] of Object.entries(others)) {
    it(`do not change with ${what}`, () => {
      change();
      expect(versions().one).to.equal(current);
    });
  }

  it('change with every package that processors may import, if the source does not say which one it loads', () => {
    const before = versions();
    lock('node_modules/@aws-sdk/client-s3', { version: '10.0.0' });
    const after = versions();
    expect(after.loader).not.to.equal(before.loader);
    expect(after.checksum).to.equal(before.checksum);
  });

  describe("the image's tag", () => {
    const tag = () => copy.worker().imageTag('x86_64');
    const tags: Record<string, () => void> = {
      'a package of the workspace': () => lock('node_modules/@smithy/core', { version: '9.9.10' }),
      'what installs packages': () => write('bundles/install/processors.sh', '#!/bin/sh\n'),
      'the Dockerfile': () => write('Dockerfile', 'FROM scratch\n'),
    };
    for (const [what, change] of Object.entries(tags)) {
      it(`changes with ${what}`, () => {
        const before = tag();
        change();
        expect(tag()).not.to.equal(before);
      });
    }

    it('does not change with a tool of the project', () => {
      const before = tag();
      lock('node_modules/mocha', { version: '100.0.0' });
      expect(tag()).to.equal(before);
    });

    it('changes if an install script of a package of the workspace is allowed', () => {
      lock('node_modules/detect-libc', { hasInstallScript: true });
      copy.edit('package.json', (json) => ({ ...json, allowScripts: { 'detect-libc': false } }));
      const before = tag();
      copy.edit('package.json', (json) => ({
        ...json,
        allowScripts: { 'detect-libc': true, esbuild: true },
      }));
      expect(tag()).not.to.equal(before);
    });
  });
});

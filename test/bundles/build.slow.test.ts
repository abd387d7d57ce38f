/** A build is kept, and reused as long as its sources are the same. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundleWorker } from '../../bundles';
import { ProjectCopy } from '../support/project-copy';
import { contentsOf } from './contents';

const GZIP = 'processors/gzip/index.ts';

describe('a build', () => {
  let copy: ProjectCopy;

  before(() => {
    copy = ProjectCopy.create();
  });
  after(() => copy.remove());

  const builds = () => contentsOf(join(copy.folder, 'dist', 'builds'));
  /** Builds in another process, since this one would keep esbuild running. */
  const build = () =>
    execFileSync(process.execPath, ['-r', 'ts-node/register', '-e', "require('./bundles').bundleWorker()"], {
      cwd: copy.folder,
    });

  it('is kept once the sources have not changed for a while', () => {
    build();
    const first = builds();
    const undo = copy.replace(GZIP, (text) => `${text}console.log();\n`);
    copy.touch(GZIP);
    build();
    expect(builds(), 'kept, though a source is as new').to.deep.equal(first);
    copy.rest();
    build();
    const second = builds();
    expect(second).not.to.deep.equal(first);
    build();
    expect(builds()).to.deep.equal(second);
    undo();
    copy.rest();
    build();
    // From here on, nothing can be built.
    copy.hide('dist/worker');
    copy.hide('node_modules/@esbuild');
  });

  it('is reused without esbuild', () => {
    expect(contentsOf(copy.worker().folder)).to.deep.equal(contentsOf(bundleWorker().folder));
  });

  const sources: Record<string, string> = {
    'a source': 'runtime/worker/main.ts',
    'a package': 'node_modules/zod/v4/classic/schemas.js',
    'the settings of the compiler': 'tsconfig.json',
    'the packages that are installed': 'node_modules/.package-lock.json',
  };
  for (const [what, path] of Object.entries(sources)) {
    it(`is made again after a change of ${what}`, () => {
      const undo = copy.replace(path, (text) => `${text}\n`);
      try {
        expect(() => copy.worker()).to.throw(/esbuild/);
      } finally {
        undo();
      }
      copy.worker();
    });
  }

  it('is not made again after other changes', () => {
    copy.append(GZIP, '\n// More.\n');
    const { processors } = copy.bundle();
    expect(processors.gzip)
      .to.have.property('error')
      .that.match(/esbuild/);
    expect(processors.checksum).not.to.have.property('error');
  });
});

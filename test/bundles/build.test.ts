/** A build is kept, and taken again as long as its sources are the same. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundleWorker } from '../../bundles';
import { filesOf } from '../../bundles/files';
import { ProjectCopy } from '../support/project-copy';

const contents = (folder: string) =>
  Object.fromEntries(
    filesOf(folder).map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  );

describe('a build', () => {
  let copy: ProjectCopy;

  before(() => {
    copy = ProjectCopy.create();
    // In another process, since this one keeps esbuild running.
    execFileSync(process.execPath, ['-r', 'ts-node/register', 'bundles/main.ts'], { cwd: copy.folder });
    copy.hide('dist/worker');
    copy.hide('node_modules/@esbuild');
  });
  after(() => copy.remove());

  it('is taken again without esbuild', () => {
    expect(contents(copy.worker().folder)).to.deep.equal(contents(bundleWorker().folder));
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

  it('is not made again of others', () => {
    copy.append('processors/gzip/index.ts', '\n// More.\n');
    const { processors } = copy.bundle();
    expect(processors.gzip)
      .to.have.property('error')
      .that.match(/esbuild/);
    expect(processors.checksum).not.to.have.property('error');
  });
});

describe('the builds of a project', () => {
  it('are kept once the sources have rested', () => {
    const copy = ProjectCopy.create();
    try {
      const builds = () => contents(join(copy.folder, 'dist', 'builds'));
      const first = builds();
      copy.append('processors/gzip/index.ts', '\nconsole.log();\n');
      copy.worker();
      expect(builds(), 'kept, though a source is as new').to.deep.equal(first);
      copy.rest();
      copy.worker();
      const second = builds();
      expect(second).not.to.deep.equal(first);
      copy.worker();
      expect(builds()).to.deep.equal(second);
    } finally {
      copy.remove();
    }
  });
});

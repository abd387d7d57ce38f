import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalCloudError } from '../../../../../local/core/errors';
import { assertWithoutLinks } from '../../../../../local/services/s3/folder/links';

describe("symbolic links below a bucket's folder", () => {
  let folder: string;
  let outside: string;
  beforeEach(() => {
    [folder, outside] = ['s3-links-', 's3-outside-'].map((name) => mkdtempSync(join(tmpdir(), name))) as [
      string,
      string,
    ];
    mkdirSync(join(folder, 'a/deep'), { recursive: true });
    mkdirSync(join(folder, '.s3'));
    writeFileSync(join(folder, 'a/deep/file'), '');
  });
  afterEach(() => {
    for (const each of [folder, outside]) rmSync(each, { recursive: true });
  });

  it('are none', () => assertWithoutLinks(folder));

  for (const path of ['link', 'a/deep/link', '.s3-link', 'a/.s3']) {
    for (const [what, to] of [
      ['a folder', ''],
      ['a file', 'file'],
      ['nothing', 'none'],
    ] as const) {
      it(`are refused with an error that names them: ${path} to ${what}`, () => {
        writeFileSync(join(outside, 'file'), '');
        symlinkSync(join(outside, to), join(folder, path));
        expect(() => assertWithoutLinks(folder))
          .to.throw(LocalCloudError)
          .with.property('message')
          .that.contains(`${join(folder, path)} in the bucket's folder`)
          .and.contains(`is a symbolic link to ${join(outside, to)}`);
      });
    }
  }

  it('in the folder of the local cloud itself are allowed', () => {
    symlinkSync(outside, join(folder, '.s3/run'));
    assertWithoutLinks(folder);
    rmSync(join(folder, '.s3'), { recursive: true });
    symlinkSync(outside, join(folder, '.s3'));
    assertWithoutLinks(folder);
  });

  it('are not checked for where the stack writes, but these folders themselves may not be links', () => {
    mkdirSync(join(folder, 'results/run'), { recursive: true });
    symlinkSync(outside, join(folder, 'results/run/link'));
    assertWithoutLinks(folder, ['processed/', 'results/']);
    symlinkSync(outside, join(folder, 'processed'));
    expect(() => assertWithoutLinks(folder, ['processed/', 'results/'])).to.throw(
      `${join(folder, 'processed')} in`,
    );
    rmSync(join(folder, 'processed'));
    mkdirSync(join(folder, 'a/results'));
    symlinkSync(outside, join(folder, 'a/results/link'));
    expect(() => assertWithoutLinks(folder, ['processed/', 'results/'])).to.throw('a/results/link');
  });

  it('do not matter above it', () => {
    symlinkSync(folder, join(outside, 'link'));
    assertWithoutLinks(join(outside, 'link'));
  });
});

import { expect } from 'chai';
import { fileProblem } from '../../../scripts/cli/file-problem';

const error = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: …, mkdir '${path}'`), { code, path, syscall: 'mkdir' });

describe('an error of the file system', () => {
  it('names the file and the remedy in one line', () => {
    expect(fileProblem(error('EROFS', '/x/dist'))).to.equal(
      '/x/dist cannot be written (EROFS in mkdir): the file system is read-only: copy the checkout to a folder that you can write to.',
    );
    for (const code of ['ENOENT', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT']) {
      expect(fileProblem(error(code, '/x'))).to.match(new RegExp(`^/x cannot be written \\(${code} `));
    }
  });

  it('does not include other errors', () => {
    for (const other of [
      Object.assign(error('ENOENT', '/x'), { syscall: 'open' }),
      error('EPERM'),
      new Error('EROFS'),
      'EROFS',
      undefined,
    ]) {
      expect(fileProblem(other)).to.equal(undefined);
    }
  });
});

/** The word as a shell reads it. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { quote } from '../../runtime/shell-word';

describe('a word of a shell', () => {
  it('is read as it was meant', () => {
    const words = ["it's", '$HOME', 'a "b" `c`', 'line\nbreak', '~', '#no comment', "'"];
    const read = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`], {
      encoding: 'utf8',
    });
    expect(read.split('\0').slice(0, -1)).to.deep.equal(words);
  });
});

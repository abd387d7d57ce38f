import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ROOT } from '../../root';

const bench = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    ['-r', 'ts-node/register', join('test', 'bench', 'main.ts'), ...args],
    { cwd: ROOT },
  );

describe('npm run bench refuses with one line', () => {
  for (const [args, line] of [
    [
      ['small-objects', 'nothing'],
      /^There is no scenario nothing: give some of small-objects, busy-cores, .*\.$/,
    ],
    [
      ['--repeat', '0'],
      /^option '--repeat <number>' argument '0' is invalid\. Give a whole number, 1 to 1000\.$/,
    ],
    [
      ['--objects', 'many'],
      /^option '--objects <number>' argument 'many' is invalid\. Give a whole number, 1 or more\.$/,
    ],
    [['--keys', '10'], /^option '--keys <number>' argument '10' is invalid\. Give a whole number, .*\.$/],
    [['--rows'], /^unknown option '--rows'$/],
  ] as const) {
    it(args.join(' '), async () => {
      const refused = await bench(...args).then(
        () => undefined,
        (error) => error,
      );
      expect(refused).to.include({ code: 2, stdout: '' });
      expect(refused.stderr.trimEnd()).to.match(line);
    });
  }
});

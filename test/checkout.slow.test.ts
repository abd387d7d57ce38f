/** A checkout is the same on every machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../root';
import { commandOnPath, isMissing } from './support/tools';

describe('a checkout', () => {
  it('has the same bytes when Git converts line ends to those of Windows: the bundles and the image tag depend on them', function () {
    const tools = { git: commandOnPath('git'), '.git': existsSync(join(ROOT, '.git')) ? '.git' : undefined };
    if (isMissing('a checkout with line ends of Windows', tools)) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' });
    try {
      git(
        '-c',
        'core.autocrlf=true',
        '-c',
        'core.eol=crlf',
        'clone',
        '--quiet',
        '--depth',
        '1',
        `file://${ROOT}`,
        folder,
      );
      // <mode> <hash> <stage>\t<path>; a link has no content of its own.
      const entries = git('-C', folder, 'ls-files', '--stage', '-z').split('\0').filter(Boolean);
      const committed = entries
        .map((entry) => /^(\d+) (\w+) \d\t(.*)$/s.exec(entry) ?? [])
        .filter(([, mode]) => mode !== '120000')
        .map(([, , hash = '', path = '']) => ({ hash, path }));
      expect(committed.map(({ path }) => path))
        .to.include('main.ts')
        .and.include('Dockerfile');
      const input = committed.map(({ path }) => `${path}\n`).join('');
      const options = { cwd: folder, input, encoding: 'utf8' } as const;
      const hashes = execFileSync('git', ['hash-object', '--no-filters', '--stdin-paths'], options);
      const found = hashes.trim().split('\n');
      const changed = committed.filter(({ hash }, index) => hash !== found[index]);
      expect(changed.map(({ path }) => path)).to.deep.equal([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('gets the tools of the project with `npm ci`, also when NODE_ENV=production', () => {
    const environment = { ...process.env, NODE_ENV: 'production' };
    const include = execFileSync('npm', ['config', 'get', 'include'], {
      cwd: ROOT,
      env: environment,
      encoding: 'utf8',
    });
    expect(include.trim()).to.equal('dev');
  });
});

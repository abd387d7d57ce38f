import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { UsageError } from '../../../scripts/cli/usage-error';
import { localSecrets, SECRETS_FILE } from '../../../scripts/local/secrets';

describe('the values of secrets on this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const file = join(folder, '.secrets.env');
  after(() => rmSync(folder, { recursive: true }));
  const secrets = { A: 'arn:a', B: 'arn:b' };

  it('come from the environment, else from the file, and from no other variable', () => {
    writeFileSync(file, '# Values\nA=from-file\nB="two\nlines"\nC=other\n');
    expect(localSecrets({ secrets }, { A: 'from-environment', B: '', D: 'x' }, file)).to.deep.equal({
      A: 'from-environment',
      B: 'two\nlines',
    });
  });

  it('are all named if they are missing', () => {
    writeFileSync(file, 'A=\n');
    expect(() => localSecrets({ secrets }, {}, file)).to.throw(UsageError, /^The secrets A, B have no value/);
    expect(() => localSecrets({ secrets }, { A: 'a' }, join(folder, 'none'))).to.throw(
      UsageError,
      /^The secret B has no value on this machine: set the variable of that name, or write B=… into /,
    );
  });

  it('are not looked for if no secrets are set', () => {
    expect(localSecrets({ secrets: {} }, {}, folder)).to.deep.equal({});
  });

  it('are in a file that git ignores', () => {
    expect(
      execFileSync('git', ['check-ignore', SECRETS_FILE], { cwd: ROOT, encoding: 'utf8' }).trim(),
    ).to.equal(SECRETS_FILE);
  });
});

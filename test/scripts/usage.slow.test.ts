/** The messages of the deployment's scripts about a user's mistake. No test here sends a request to AWS. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Workplace } from '../support/script';

/** An environment without credentials, and a deployment that does not exist. */
const NOBODY = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  BATCH_NAME_PREFIX: 'none-such',
  BATCH_STATE_BUCKET: '',
};

describe('usage of deploy, push, e2e and cleanup', () => {
  let workplace: Workplace;

  before(async () => {
    workplace = await Workplace.create();
  });
  after(() => workplace.remove());

  const run = (script: string, args: string[], environment: Record<string, string> = {}) =>
    workplace.run(script, args, { ...NOBODY, ...environment });

  for (const script of ['deploy.ts', 'push.ts', 'e2e.ts', 'cleanup.ts']) {
    it(`${script} --help lists options, exit codes and examples`, async () => {
      const { code, stdout } = await run(script, ['--help']);
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(/Usage: /)
        .and.match(/Exit codes: /)
        .and.match(/Examples?:\n {2}npm run /);
    });
  }

  const mistakes: [string, string, string[], RegExp][] = [
    ['an unknown option', 'deploy.ts', ['--fast'], /unknown option '--fast'/],
    ['a stray argument', 'deploy.ts', ['m5.large'], /too many arguments/],
    ['a bad number', 'deploy.ts', ['--max-workers', 'ten'], /^--max-workers is "ten": must be an integer/],
    [
      'types of another architecture',
      'deploy.ts',
      ['--architecture', 'arm64', '--instance-type', 'm5.large'],
      /^--instance-type is "m5\.large"/,
    ],
    ['an unknown processor', 'deploy.ts', ['--processor', 'shred'], /^--processor is "shred".*checksum/],
    ['no deployment to push to', 'push.ts', [], /no deployment in the Terraform state: run `npm run deploy`/],
    ['no deployment to test', 'e2e.ts', ['--target', 'aws'], /no deployment in the Terraform state/],
    ['no workers', 'e2e.ts', ['0'], /'0' is invalid for argument 'workers'/],
    [
      'both options for the bucket',
      'cleanup.ts',
      ['--delete-data', '--keep-bucket'],
      /'--keep-bucket' cannot be used with option '--delete-data'/,
    ],
  ];
  for (const [what, script, args, message] of mistakes) {
    it(`${script} answers ${what} with one line and exit code 2`, async () => {
      const { code, stdout, stderr } = await workplace.answer(script, args, NOBODY);
      expect(code, stderr).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr.trim().split('\n'), stderr).to.have.length(1);
      expect(stderr).to.match(message);
    });
  }

  it('deploy.ts says how to get Terraform and credentials if they are missing', async () => {
    const { code, stderr } = await run('deploy.ts', ['--skip-image'], {
      TERRAFORM_BINARY_NAME: 'no-terraform',
    });
    expect(code).to.equal(2);
    expect(stderr).to.match(/no-terraform is not installed\. Install Terraform .*https:/);
    expect(stderr).to.match(/There are no AWS credentials .*aws sso login/);
  });

  it('deploy.ts refuses a Terraform that cannot lock a state in S3', async () => {
    const terraform = join(workplace.root, 'old-terraform');
    await writeFile(terraform, '#!/bin/sh\necho \'{"terraform_version": "1.9.8"}\'\n');
    await chmod(terraform, 0o755);
    const args = ['--skip-image', '--state-bucket', 'my-states'];
    const { code, stderr } = await run('deploy.ts', args, { TERRAFORM_BINARY_NAME: terraform });
    expect(code).to.equal(2);
    expect(stderr).to.match(
      /Terraform is 1\.9\.8, which cannot lock a state in S3\. Install Terraform 1\.11\.0/,
    );
  });

  it('a state in S3 without credentials is one clear line', async () => {
    const { code, stderr } = await run('push.ts', [], { BATCH_STATE_BUCKET: 'my-states' });
    expect(code).to.equal(2);
    expect(stderr).to.match(/^There are no AWS credentials/);
  });

  it('cleanup.ts does nothing if nothing is deployed', async () => {
    const { code, stderr } = await run('cleanup.ts', []);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(/nothing to take down/);
  });
});

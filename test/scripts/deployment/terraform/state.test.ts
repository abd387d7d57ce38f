/** A state that the scripts cannot read is reported in one clear line. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../../root';
import { UsageError } from '../../../../scripts/cli/usage-error';
import { readState } from '../../../../scripts/deployment/terraform/state';
import { loadConfig } from '../../../../stacks/settings/config';
import { failure } from '../../../support/failure';

describe('the Terraform state', () => {
  const BATCH_NAME_PREFIX = `test-state-${process.pid}`;
  const name = `terraform.${BATCH_NAME_PREFIX}.tfstate`;
  const config = loadConfig({ environment: { BATCH_NAME_PREFIX }, context: {} });

  afterEach(() => rmSync(join(ROOT, name), { force: true }));

  const encrypted = { serial: 1, lineage: 'x', meta: {}, encrypted_data: 'AAAA', encryption_version: 'v0' };
  for (const [what, content, message] of [
    ['empty', '', /is empty: restore it/],
    ['only white space', ' \n', /is empty: restore it/],
    ['cut off', '{"version": 4, "resou', /is not JSON/],
    ['encrypted by OpenTofu', JSON.stringify(encrypted), /is encrypted.*TF_ENCRYPTION/],
    ['of another version', '{"version": 3, "modules": []}', /is not a state of version 4/],
    ['no state at all', '[]', /is not a state of version 4/],
    ['null', 'null', /is not a state of version 4/],
  ] as const) {
    it(`that is ${what} is refused in one line`, async () => {
      writeFileSync(join(ROOT, name), content);
      const refused = await failure(readState(config));
      expect(refused).to.be.instanceOf(UsageError);
      expect(refused.message).to.match(message).and.include(name).and.not.include('\n');
    });
  }

  it('that is missing, or has no resource, has no deployment', async () => {
    expect(await readState(config)).to.equal(undefined);
    writeFileSync(join(ROOT, name), '{"version": 4, "outputs": {}, "resources": []}');
    expect(await readState(config)).to.equal(undefined);
  });
});

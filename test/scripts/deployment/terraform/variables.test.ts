import { expect } from 'chai';
import { UsageError } from '../../../../scripts/cli/usage-error';
import {
  checkTerraformVariables,
  terraformEnvironment,
} from '../../../../scripts/deployment/terraform/variables';

describe("Terraform's variables", () => {
  for (const name of [
    'TF_WORKSPACE',
    'TF_DATA_DIR',
    'TF_CLI_ARGS',
    'TF_CLI_ARGS_plan',
    'TF_CLI_ARGS_destroy',
  ]) {
    it(`refuses ${name}, which would bypass the checks of the scripts`, () => {
      expect(() => checkTerraformVariables({ [name]: 'dev' })).to.throw(
        UsageError,
        new RegExp(`^${name} is "dev": unset it`),
      );
    });
  }

  it('accepts those that change nothing about the deployment, empty ones, and the default workspace', () => {
    const environment = {
      TF_LOG: 'debug',
      TF_PLUGIN_CACHE_DIR: '/cache',
      TF_CLI_CONFIG_FILE: 'x.rc',
      TF_CLI_ARGS: '',
      TF_WORKSPACE: 'default',
    };
    checkTerraformVariables(environment);
    expect(terraformEnvironment(environment)).to.include({ TF_LOG: 'debug', TF_WORKSPACE: 'default' });
  });

  it('uses the default workspace, even if another was selected in the folder', () => {
    expect(terraformEnvironment({})).to.include({ TF_WORKSPACE: 'default' });
  });
});

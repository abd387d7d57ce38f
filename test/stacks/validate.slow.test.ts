import { expect } from 'chai';
import { commandOnPath, isMissing } from '../support/tools';
import { EVERYTHING, synthesize } from './synthesize';
import { providerMirror, terraform, terraformEnvironment } from './terraform';

const STACKS: Record<string, Record<string, string>> = {
  'as it is by default': {},
  'with schedules, and all that e-mails': EVERYTHING,
  'with every choice taken the other way': {
    BATCH_SPOT: 'true',
    BATCH_ARCHITECTURE: 'arm64',
    BATCH_INSTANCE_TYPES: 'c7g.xlarge,c6g.xlarge',
    BATCH_BUCKET: 'my-data',
    BATCH_STATE_BUCKET: 'my-states',
    BATCH_ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:oncall',
    BATCH_NOTIFY_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:team',
    BATCH_SCHEDULES: '[{"expression":"rate(1 day)","input":{"worker_count":1,"prefix":"${x}%{y}"}}]',
    BATCH_TRACING: 'true',
    BATCH_SECRETS: '{"API_KEY":"arn:aws:ssm:us-east-1:123456789012:parameter/api-key"}',
    BATCH_SECRET_KEY_ARNS: 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    BATCH_WORKER_STATEMENTS:
      '[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:PrincipalAccount}/*"}]',
    BATCH_TAGS: '{"team":"data"}',
  },
};

describe('terraform validate', () => {
  const mirror = providerMirror();

  before(function () {
    const tools = { terraform: commandOnPath('terraform'), 'the AWS provider': mirror };
    if (isMissing('terraform validate', tools)) this.skip();
  });

  for (const [what, environment] of Object.entries(STACKS)) {
    it(`accepts the stack ${what}`, async () => {
      const stack = synthesize(environment);
      try {
        const terraformOwn = terraformEnvironment(String(mirror), stack.folder);
        const init = await terraform(
          stack.stackFolder,
          terraformOwn,
          'init',
          '-backend=false',
          '-input=false',
          '-no-color',
        );
        expect(init.status, init.output).to.equal(0);
        const { status, output } = await terraform(stack.stackFolder, terraformOwn, 'validate', '-json');
        expect(status, output).to.equal(0);
        const said = JSON.parse(output).diagnostics.map(({ summary }: { summary: string }) => summary);
        expect(said).to.deep.equal(['Provider development overrides are in effect']);
      } finally {
        stack.remove();
      }
    });
  }
});

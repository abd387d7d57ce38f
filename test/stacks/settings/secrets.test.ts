/** The setting secrets: the ARNs that it accepts, the container definition for ECS, and the permissions of the roles. */
import { expect } from 'chai';
import { loadConfig } from '../../../stacks/settings/config';
import { ConfigError } from '../../../stacks/settings/config-error';
import { apply, mayDo, resourceOf, workerContainer } from '../synthesize';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbC123';
const PARAMETER = 'arn:aws:ssm:us-east-1:123456789012:parameter/api/key';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const load = (secrets: unknown, more: Record<string, string> = {}) =>
  loadConfig({ environment: { BATCH_SECRETS: JSON.stringify(secrets), ...more }, context: {} });

describe('the secrets of processors', () => {
  for (const valueFrom of [
    SECRET,
    `${SECRET}:password::`,
    `${SECRET}:password:AWSPREVIOUS:`,
    `${SECRET}::AWSPREVIOUS:`,
    `${SECRET}:::9d4cb84b-ad69-40c0-a0ab-cead36b967e8`,
    'arn:aws:secretsmanager:eu-west-1:210987654321:secret:a+b=c@d.e_f/g-AbC123',
    PARAMETER,
    'arn:aws:ssm:eu-west-1:123456789012:parameter/plain',
  ])
    it(`may be ${valueFrom}`, () => {
      expect(load({ API_KEY: valueFrom }).secrets).to.deep.equal({ API_KEY: valueFrom });
    });

  const NOT_AN_ARN =
    /^BATCH_SECRETS: API_KEY is not the ARN of a secret in Secrets Manager or of a parameter/;
  for (const [what, valueFrom] of Object.entries({
    'the secret itself': 'sk-live-0123456789',
    'a name': 'prod/db',
    'an ARN without the six characters': 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db',
    'a JSON key without the parts after it': `${SECRET}:password`,
    'too many parts': `${SECRET}:a:b:c:d`,
    'a stage and a version': `${SECRET}:password:AWSCURRENT:9d4cb84b`,
    'a parameter with a version': `${PARAMETER}:3`,
    'a parameter without account': 'arn:aws:ssm:us-east-1::parameter/a',
    'another service': 'arn:aws:s3:::bucket/key',
    'an expression of Terraform': '${var.secret}',
    'text after the ARN': `${SECRET} `,
  }))
    it(`are refused for ${what}, which the error does not show`, () => {
      const refuse = () => load({ API_KEY: valueFrom });
      expect(refuse).to.throw(ConfigError, NOT_AN_ARN);
      expect(refuse).not.to.throw(valueFrom);
    });

  it('are refused in one line, without their values, for a name that is not free', () => {
    const refused = (name: string, more = {}) => {
      try {
        load({ [name]: SECRET }, more);
      } catch (error) {
        return (error as Error).message;
      }
      return 'not refused';
    };
    for (const name of [
      'AWS_TOKEN',
      'ECS_X',
      'WORKER_SLOTS',
      'SECRET_VARIABLES',
      'NODE_OPTIONS',
      'A-B',
      '1A',
    ])
      expect(refused(name)).to.match(new RegExp(`^BATCH_SECRETS: ${name} is not allowed: .*AWS_…`));
    expect(refused('API_KEY', { BATCH_PROCESSOR_ENVIRONMENT: '{"API_KEY":"x"}' })).to.equal(
      'BATCH_SECRETS: API_KEY is in processorEnvironment (--env) as well: keep it in one of them',
    );
  });

  it('are refused without showing their text if it is not what it should be', () => {
    for (const text of [
      'API_KEY=sk-live-1',
      '{"API_KEY":"sk-live-1"',
      '["sk-live-1"]',
      '{"API_KEY":{"a":"sk-live-1"}}',
    ])
      expect(() => loadConfig({ environment: { BATCH_SECRETS: text }, context: {} }))
        .to.throw(ConfigError, /^BATCH_SECRETS: (its value|API_KEY) is not allowed: /)
        .with.property('message')
        .that.does.not.include('sk-live-1');
  });

  it('belong to the partition of the region, and may be in another region of it', () => {
    const chinese = SECRET.replace('arn:aws:', 'arn:aws-cn:').replace('us-east-1', 'cn-north-1');
    expect(() => load({ API_KEY: chinese })).to.throw(
      'BATCH_SECRETS: API_KEY is in the partition aws-cn: us-east-1 is in aws, and no role reads across partitions',
    );
    expect(load({ API_KEY: chinese }, { BATCH_REGION: 'cn-northwest-1' }).secrets).to.have.keys(['API_KEY']);
    expect(() => load({ API_KEY: SECRET }, { BATCH_REGION: 'us-gov-west-1' })).to.throw(
      /in the partition aws: /,
    );
  });

  it('have keys only if secrets are set, and fit into the policy of a role', () => {
    const keys = { BATCH_SECRET_KEY_ARNS: KEY };
    expect(() => load({}, keys)).to.throw('there are none, but secretKeyArns has keys: leave those out');
    const many = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`S_${index}`, SECRET.replace('db', `db${100 + index}`)]),
      );
    expect(Object.keys(load(many(100)).secrets)).to.have.length(100);
    expect(() => load(many(120))).to.throw(/^BATCH_SECRETS: their ARNs have \d+ characters/);
  });

  it('are in the container definition as ECS takes them, in the order of their names', () => {
    const of = (secrets: object) => workerContainer(apply({ BATCH_SECRETS: JSON.stringify(secrets) }));
    const [b, a] = [`${SECRET}:password::`, PARAMETER];
    const container = of({ DB_PASSWORD: b, API_KEY: a });
    expect(container.secrets).to.deep.equal([
      { name: 'API_KEY', valueFrom: a },
      { name: 'DB_PASSWORD', valueFrom: b },
    ]);
    expect(container.environment).to.deep.include({ name: 'SECRET_VARIABLES', value: 'API_KEY,DB_PASSWORD' });
    expect(of({ API_KEY: a, DB_PASSWORD: b })).to.deep.equal(container);
    expect(of({})).not.to.have.property('secrets');
  });

  it('do not decide whether an output is up to date: a change of them or of their values processes no object again', () => {
    const hash = (secrets: object) =>
      apply({ BATCH_SECRETS: JSON.stringify(secrets) }).outputs.processor_environment_hash;
    expect(hash({ API_KEY: SECRET })).to.equal(hash({}));
  });

  it('may be read by the execution role, with their keys, and by nobody else', () => {
    const applied = apply({
      BATCH_SECRETS: JSON.stringify({ A: `${SECRET}:password::`, B: SECRET, C: PARAMETER }),
      BATCH_SECRET_KEY_ARNS: KEY,
    });
    const read: [string, string, string][] = [
      ['secretsmanager:GetSecretValue', SECRET, `${SECRET}2`],
      ['ssm:GetParameters', PARAMETER, `${PARAMETER}2`],
      ['kms:Decrypt', KEY, `${KEY}2`],
    ];
    for (const [action, resource, other] of read) {
      expect(mayDo(applied, 'task_execution', action, resource), action).to.equal(true);
      expect(mayDo(applied, 'task_execution', action, other), action).to.equal(false);
      expect(mayDo(applied, 'worker', action, resource), action).to.equal(false);
    }
    expect(mayDo(applied, 'task_execution', 'secretsmanager:DescribeSecret', SECRET)).to.equal(false);
    expect(resourceOf(apply(), 'aws_iam_role_policy.task_execution').policy).not.to.match(
      /secretsmanager|ssm|kms/,
    );
  });
});

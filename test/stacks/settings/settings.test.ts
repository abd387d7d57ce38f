/** The table of settings: the allowed values, and the agreement of everything that is made from it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { ROOT } from '../../../root';
import { readSettings as readProvisionerSettings } from '../../../runtime/provisioner/settings';
import { WORKER_VARIABLES } from '../../../runtime/worker/settings';
import {
  addSettingOptions,
  givenSettings,
  loadConfigWith,
} from '../../../scripts/deployment/setting-options';
import type { Config } from '../../../stacks/settings/complete-config';
import { loadConfig } from '../../../stacks/settings/config';
import { ConfigError } from '../../../stacks/settings/config-error';
import { SETTING_NAMES, type SettingName, settingOf, variablesOf } from '../../../stacks/settings/settings';
import { SETTINGS } from '../../../stacks/settings/table';
import { apply, attributesOf } from '../synthesize';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const allows = (name: SettingName, value: unknown) => settingOf(name).schema.safeParse(value).success;
/** The setting's default as the README shows it. */
function defaultCell(name: SettingName): string {
  const { default: value, defaultText, format } = settingOf(name);
  return defaultText ?? `\`${format(value as NonNullable<unknown>)}\``;
}

/** The minimum and maximum of settings, with AWS's reason if AWS has one. */
const RANGES: Partial<Record<SettingName, [number, number]>> = {
  maxWorkers: [1, 5000],
  slotsPerWorker: [1, 256],
  slotMemoryMiB: [128, 1_048_576],
  slotObjectsInFlight: [1, 64],
  // Less than two seconds leave no whole second for a heartbeat; a day is the longest that an alarm looks back.
  objectTimeoutSeconds: [2, 86_400],
  heartbeatSeconds: [1, 3600],
  // A year: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  executionTimeoutSeconds: [60, 31_536_000],
  provisionTimeoutSeconds: [1, 3600],
  provisionPollSeconds: [1, 60],
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
  stopTimeoutSeconds: [2, 120],
  // The ECS image is 30 GiB; gp3 volumes go up to 16 TiB.
  diskGiB: [30, 16_384],
};

const TEXTS: [SettingName, unknown[], unknown[]][] = [
  [
    'region',
    ['us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'eusc-de-east-1', 'us-isob-east-1'],
    ['Frankfurt', 'us-east', 'us-east-1a', 'xus-east-1', 7],
  ],
  [
    'namePrefix',
    ['a', 'nightly-2', 'a'.repeat(30), 'my-aws'],
    ['', 'A', '2a', 'a--b', 'a-', '-a', 'a_b', 'a'.repeat(31), 'aws-x', 'ecs', 'fargate1', 'sg-1'],
  ],
  ['instanceTypes', [['m6i.large'], ['u-6tb1.metal', 'c7gn.xlarge']], [[], ['m6i'], ['M6i.large'], ['m6i.']]],
  ['architecture', ['x86_64', 'arm64'], ['arm', 'x86']],
  ['processor', ['checksum', 'gzip', 'a-1'], ['Gzip', 'toString', '1a', '']],
  ['processorsFolder', ['processors', '../ours', '/a b'], ['', 1]],
  [
    'bucket',
    ['abc', 'my.data-1', 'a'.repeat(63)],
    ['ab', 'a'.repeat(64), 's3://mine', 'Mine', '-abc', 'abc-'],
  ],
  ['stateBucket', ['my-states'], ['My-states']],
  ['stateRegion', ['eu-west-1'], ['Dublin']],
  [
    'bucketKeyArn',
    [
      'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      'arn:aws-cn:kms:x:123456789012:key/mrk-1',
    ],
    ['1234abcd', 'arn:aws:kms:us-east-1:123456789012:alias/mine', 'arn:aws:kms:us-east-1:12345:key/1'],
  ],
  [
    'alarmTopicArn',
    ['arn:aws:sns:us-east-1:123456789012:oncall'],
    [
      'me@example.org',
      'arn:aws:sqs:us-east-1:123456789012:q',
      'arn:aws:sns:us-east-1:1:t',
      'arn:aws:sns:us-east-1:123456789012:a:b',
    ],
  ],
  [
    'alarmEmail',
    ['oncall@example.org', 'first.last+alarms@sub.example.co.uk'],
    [
      '',
      'oncall',
      'a@b',
      'a b@example.org',
      'a@example.org,b@example.org',
      'arn:aws:sns:x:123456789012:t',
      7,
    ],
  ],
  [
    'notifyTopicArn',
    ['arn:aws:sns:us-east-1:123456789012:team'],
    [
      'team@example.org',
      'arn:aws:sqs:us-east-1:123456789012:q',
      'arn:aws:sns:us-east-1:123456789012:team.fifo',
    ],
  ],
  ['notifyEmail', ['team@example.org'], ['team', 'a@example.org,b@example.org', 7]],
  ['schedules', [[], [{ expression: 'x', input: {} }]], ['nightly', {}, ['rate(1 day)']]],
  ['readPrefixes', [[''], ['data/', 'in/']], [[], ['a*'], ['a?'], ['${x}'], ['a b']]],
  [
    'readBuckets',
    [
      ['abc'],
      ['archive', 'their.data owner=111122223333'],
      ['open-data owner=any requester-pays region=us-west-2'],
      ['a-b  key=arn:aws:kms:eu-west-1:111122223333:key/mrk-1 owner=111122223333 region=eu-west-1'],
    ],
    [
      [],
      'archive',
      ['ab'],
      ['s3://archive'],
      ['Archive'],
      ['archive owner=me'],
      ['archive owner=1111'],
      ['archive region=Dublin'],
      ['archive key=1234abcd'],
      ['archive pays'],
      ['archive owner=111122223333 owner=any'],
      ['archive requester-pays requester-pays'],
      ['archive owner=111122223333 x'],
      [' archive'],
    ],
  ],
  ['outputBucket', ['made', 'made owner=111122223333'], ['Made', 'made owner=', '']],
  ['spot', [true, false], ['yes', 1]],
  ['tracing', [true, false], ['yes']],
  ['logRetentionDays', [1, 30, 2557, 3653], [0, 2, 31, '30']],
  [
    'tags',
    [{}, { team: 'data' }, { ['k'.repeat(128)]: 'v'.repeat(256) }],
    [
      { '': 'x' },
      { 'aws:x': '' },
      { 'AWS:x': '' },
      { ['k'.repeat(129)]: '' },
      { k: 'v'.repeat(257) },
      { k: 1 },
      [],
    ],
  ],
  [
    'processorEnvironment',
    [{}, { SIMULATE_SECONDS: '2', _x1: ' ' }],
    [{ '1A': 'x' }, { 'A-B': 'x' }, { A: 1 }, { A: '' }, 'A=1'],
  ],
];

describe('the settings', () => {
  it('each have an environment variable of their own', () => {
    const variables = SETTING_NAMES.map((name) => SETTINGS[name].variable);
    expect(new Set(variables).size).to.equal(variables.length);
    for (const name of SETTING_NAMES) {
      const expected = name.replaceAll(/MiB|GiB|[A-Z]/g, (part) => `_${part.toUpperCase()}`).toUpperCase();
      expect(SETTINGS[name].variable).to.equal(`BATCH_${expected}`);
    }
  });

  it('each have an allowed default, or say what applies without one', () => {
    for (const name of SETTING_NAMES) {
      const { default: value, defaultText } = settingOf(name);
      if (value === undefined) expect(defaultText, name).to.be.a('string').and.not.equal('');
      else expect(allows(name, value), name).to.equal(true);
    }
  });

  it('give the range of integers, and refuse values outside', () => {
    const texts = SETTING_NAMES.map((name) => [name, settingOf(name).allowed] as const);
    for (const [name, text] of texts.filter(([, each]) => each.startsWith('an integer'))) {
      const [least = 0, most = 0] = text.match(/\d+/g)?.map(Number) ?? [];
      expect(
        [least, most].map((value) => allows(name, value)),
        name,
      ).to.deep.equal([true, true]);
      const outside = [least - 1, most + 1, least + 0.5, String(least)];
      expect(
        outside.filter((value) => allows(name, value)),
        name,
      ).to.deep.equal([]);
    }
  });

  for (const [name, [least, most]] of Object.entries(RANGES)) {
    it(`allow ${least} to ${most} for ${name}`, () => {
      expect(settingOf(name as SettingName).allowed).to.equal(`an integer, ${least} to ${most}`);
    });
  }

  for (const [name, allowed, refused] of TEXTS) {
    it(`allow for ${name} the values that AWS accepts, and refuse the rest`, () => {
      expect(allowed.filter((value) => !allows(name, value))).to.deep.equal([]);
      expect(refused.filter((value) => allows(name, value))).to.deep.equal([]);
      expect(settingOf(name).allowed).to.be.a('string').and.not.equal('');
    });
  }

  it('keep logs for as long as CloudWatch Logs can', () => {
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    const days = [
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ];
    const found = Array.from({ length: 4000 }, (_, day) => day).filter((day) =>
      allows('logRetentionDays', day),
    );
    expect(found).to.deep.equal(days);
    expect(SETTINGS.logRetentionDays.allowed).to.equal(`one of ${days.join(', ')}`);
  });

  it('keep their values in an environment', () => {
    const config = loadConfig({
      environment: {
        BATCH_INSTANCE_TYPES: 'm5.large,m6i.large',
        BATCH_READ_PREFIXES: 'data/, in/',
        BATCH_TAGS: '{"team":"data, and more"}',
        BATCH_PROCESSOR_ENVIRONMENT: '{"A":"1,2"}',
        BATCH_SPOT: 'true',
        BATCH_BUCKET: 'my-data',
        BATCH_READ_BUCKETS: 'archive, their-data owner=111122223333 requester-pays',
        BATCH_OUTPUT_BUCKET: 'made region=us-west-2',
        BATCH_SLOT_MEMORY_MIB: '256',
        BATCH_SCHEDULES: '[{"expression":"rate(1 day)","input":{"worker_count":1}}]',
      },
      context: {},
    });
    const environment = variablesOf(config);
    expect(loadConfig({ environment, context: { maxWorkers: 1, bucket: 'other' } })).to.deep.equal(config);
    expect(environment).not.to.have.property('BATCH_ALARM_TOPIC_ARN');
  });
});

describe('output from the settings', () => {
  it("is the worker's environment: every variable that it reads, and no other", () => {
    const passed = SETTING_NAMES.flatMap((name) => settingOf(name).worker ?? []);
    // The activity is a resource of the stack; names of variables and buckets come from several settings.
    const others = ['ACTIVITY_ARN', 'PROCESSOR_VARIABLES', 'SECRET_VARIABLES', 'BUCKET_ACCESSES'];
    expect([...passed, ...others]).to.have.members(WORKER_VARIABLES);
  });

  it("is the provisioner's environment, which it understands", () => {
    const { variables } = attributesOf(apply(), 'aws_lambda_function.provisioner').environment;
    for (const name of SETTING_NAMES.flatMap((each) => settingOf(each).provisioner ?? [])) {
      expect(readProvisionerSettings(variables), name).to.have.property(name);
      expect(() => readProvisionerSettings({ ...variables, [name]: '' }), name).to.throw();
    }
  });

  it("are the names that a processor's variables may not have", () => {
    const own = [...WORKER_VARIABLES, 'AWS_REGION', 'AWS_X', 'ECS_X', 'NODE_OPTIONS'];
    for (const setting of ['processorEnvironment', 'secrets'] as const)
      expect(
        own.filter((name) => allows(setting, { [name]: 'x' })),
        setting,
      ).to.deep.equal([]);
    const free = ['PROCESSOR_X', 'MY_AWS_X', 'NODE_OPTIONS_X', 'SIMULATE_SECONDS'];
    expect(free.filter((name) => !allows('processorEnvironment', { [name]: 'x' }))).to.deep.equal([]);
  });

  it("is the README's table", () => {
    const row = (name: SettingName) =>
      `| \`${name}\` | \`${SETTINGS[name].variable}\` | ${defaultCell(name)} | ${SETTINGS[name].description} |`;
    const [, table = ''] =
      /\| setting \| variable \| default \| meaning \|\n[| -]+\n((?:\|.*\n)+)/.exec(README) ?? [];
    expect(table.trimEnd().split('\n')).to.deep.equal(SETTING_NAMES.map(row));
    for (const name of SETTING_NAMES)
      for (const cell of [defaultCell(name), SETTINGS[name].description])
        expect(cell, name).not.to.include('|');
  });
});

describe('settings as options of a command', () => {
  const parsed = (...args: string[]): Command => {
    const command = new Command().exitOverride();
    addSettingOptions(command);
    return command.parse(args, { from: 'user' });
  };
  const withOptions = (...args: string[]): Config => loadConfigWith(parsed(...args));

  it('are those that a first deployment needs', () => {
    const flags = parsed().options.map((option) => option.long);
    expect(flags).to.include.members(
      [
        ['region', 'name-prefix', 'instance-type', 'architecture', 'spot', 'max-workers'],
        ['slots-per-worker', 'processors-folder', 'processor', 'env', 'bucket', 'state-bucket'],
      ].flatMap((names) => names.map((name) => `--${name}`)),
    );
  });

  it('are those of the table, explained by it', () => {
    const help = parsed().helpInformation().replaceAll(/\s+/g, ' ');
    const flags = SETTING_NAMES.flatMap((name) => settingOf(name).option?.flags ?? []);
    expect(parsed().options.map((option) => option.flags)).to.deep.equal(flags);
    for (const name of SETTING_NAMES.filter((each) => settingOf(each).option)) {
      const { description, defaultText, default: value, option, format } = settingOf(name);
      expect(help).to.include(description);
      expect(help).to.include(`Default: ${defaultText ?? format(value as NonNullable<unknown>)}.`);
      expect(help).to.include(`Example: ${option?.example}`);
    }
  });

  it('override everything else, without a change of the environment', () => {
    const before = { ...process.env };
    const config = withOptions(
      ...['--max-workers', '7', '--spot', '--instance-type', 'm5.large,m6i.large'],
      ...['--env', 'SIMULATE_SECONDS=1', '--env', 'A=b=c'],
    );
    expect(config).to.deep.include({
      maxWorkers: 7,
      spot: true,
      instanceTypes: ['m5.large', 'm6i.large'],
      processorEnvironment: { SIMULATE_SECONDS: '1', A: 'b=c' },
    });
    expect(process.env).to.deep.equal(before);
    const sources = { environment: { BATCH_REGION: 'eu-west-1' }, context: { region: 'eu-west-2' } };
    expect(loadConfig({ ...sources, options: { region: 'eu-west-3' } }).region).to.equal('eu-west-3');
    expect(loadConfig({ ...sources, options: { region: undefined } }).region).to.equal('eu-west-1');
  });

  it('can be saved, in the form of cdktf.json', () => {
    const command = parsed('--max-workers', '7', '--env', 'A=b');
    const given = givenSettings(command, loadConfigWith(command));
    expect(given).to.deep.equal({ maxWorkers: 7, processorEnvironment: { A: 'b' } });
  });

  it('are named as the user wrote them if they are wrong', () => {
    expect(() => withOptions('--max-workers', 'ten')).to.throw(
      ConfigError,
      /^--max-workers is "ten": must be/,
    );
    expect(() => withOptions('--env', 'WORKER_SLOTS=1')).to.throw(
      ConfigError,
      /^--env is {"WORKER_SLOTS":"1"}:/,
    );
    expect(() => withOptions('--architecture', 'arm64', '--instance-type', 'm5.large')).to.throw(
      ConfigError,
      /^--instance-type is "m5.large"/,
    );
    expect(() => withOptions('--instance-type', 'm5.metal')).to.throw(
      ConfigError,
      /^slotsPerWorker \(cdktf.json, or BATCH_SLOTS_PER_WORKER\) is not set/,
    );
  });
});

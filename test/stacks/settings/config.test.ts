import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { loadConfig } from '../../../stacks/settings/config';
import { ConfigError } from '../../../stacks/settings/config-error';
import { SETTINGS } from '../../../stacks/settings/table';
import { ownBucketName } from '../../../stacks/storage/bucket-name';
import { runMain } from '../main';

const load = (environment: Record<string, string>, context = {}) => loadConfig({ environment, context });

describe('configuration', () => {
  it('has a default for everything, and cdktf.json changes no default', () => {
    const { context } = JSON.parse(readFileSync(join(ROOT, 'cdktf.json'), 'utf8'));
    expect(context.batchProcessor).to.deep.equal({});
    expect(loadConfig({ environment: {} })).to.deep.include({
      region: 'us-east-1',
      namePrefix: 'batch-processor',
      instanceTypes: ['m6i.large'],
      architecture: 'x86_64',
      spot: false,
      maxWorkers: 100,
      slotsPerWorker: 2,
      processor: 'checksum',
      bucket: undefined,
    });
  });

  it('prefers cdktf.json to defaults, and the environment to cdktf.json', () => {
    const context = { region: 'eu-west-1', maxWorkers: 7, tags: { team: 'data' } };
    const config = load({ BATCH_MAX_WORKERS: '9', BATCH_SPOT: 'true', BATCH_REGION: '' }, context);
    expect(config).to.deep.include({
      region: 'eu-west-1',
      maxWorkers: 9,
      spot: true,
      tags: { team: 'data' },
    });
  });

  it('gives every setting an environment variable of its own', () => {
    const variables = Object.values(SETTINGS).map(({ variable }) => variable);
    expect(new Set(variables).size).to.equal(variables.length);
    for (const variable of variables) expect(variable).to.match(/^BATCH_[A-Z_]+$/);
  });

  it('counts the slots of a worker by the vCPUs of the smallest instance type', () => {
    const slots = (types: string) => load({ BATCH_INSTANCE_TYPES: types }).slotsPerWorker;
    expect(slots('m5.large')).to.equal(2);
    expect(slots('c7i.xlarge')).to.equal(4);
    expect(slots('m5.24xlarge')).to.equal(96);
    expect(slots('t3.micro')).to.equal(2);
    expect(slots('t2.small')).to.equal(1);
    expect(slots('c6i.4xlarge, m5.xlarge')).to.equal(4);
    const arm = { BATCH_ARCHITECTURE: 'arm64', BATCH_INSTANCE_TYPES: 'c7g.medium' };
    expect(load(arm).slotsPerWorker).to.equal(1);
  });

  const WRONG: [string, Record<string, string>, RegExp][] = [
    [
      'two ways to report alarms',
      {
        BATCH_ALARM_EMAIL: 'me@example.org',
        BATCH_ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:oncall',
      },
      /^BATCH_ALARM_EMAIL is "me@example.org": .*alarmTopicArn.*:oncall.*subscribe the address/,
    ],
    [
      'a topic of alarms in another region',
      { BATCH_ALARM_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:oncall' },
      /^BATCH_ALARM_TOPIC_ARN is .*eu-west-1.*: must be a topic in us-east-1/,
    ],
    [
      'two ways to report ends',
      {
        BATCH_NOTIFY_EMAIL: 'me@example.org',
        BATCH_NOTIFY_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:team',
      },
      /^BATCH_NOTIFY_EMAIL is "me@example.org": .*notifyTopicArn.*:team.*subscribe the address/,
    ],
    [
      'a topic of messages in another region',
      { BATCH_NOTIFY_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:team' },
      /^BATCH_NOTIFY_TOPIC_ARN is .*eu-west-1.*: must be a topic in us-east-1/,
    ],
    [
      'one schedule instead of a list',
      { BATCH_SCHEDULES: '{"expression": "rate(1 day)"}' },
      /^BATCH_SCHEDULES is .*: it holds no list: give the list of schedules/,
    ],
    [
      'a missing file of schedules',
      { BATCH_SCHEDULES: 'none.json' },
      /^BATCH_SCHEDULES is "none.json": .*no such file/,
    ],
    [
      'a schedule without an input',
      { BATCH_SCHEDULES: '[{"name":"a","expression":"rate(1 day)"}]' },
      /^BATCH_SCHEDULES: schedule-1 is .*: input: .*; give an entry such as \{"name": "nightly"/,
    ],
    [
      'an unknown field of a schedule',
      { BATCH_SCHEDULES: '[{"cron":"0 2 * * *","expression":"rate(1 day)","input":{}}]' },
      /^BATCH_SCHEDULES: schedule-1 is .*"cron"/,
    ],
    [
      'an unknown time zone',
      { BATCH_SCHEDULES: '[{"expression":"rate(1 day)","timezone":"CEST","input":{}}]' },
      /^BATCH_SCHEDULES: schedule-1 is .*"CEST".*: timezone: .*Europe\/Berlin/,
    ],
    [
      'an offset as a time zone',
      { BATCH_SCHEDULES: '[{"expression":"rate(1 day)","timezone":"+01:00","input":{}}]' },
      /^BATCH_SCHEDULES: schedule-1 is .*timezone: .*Europe\/Berlin/,
    ],
    [
      'a time zone in another case, which AWS does not know',
      { BATCH_SCHEDULES: '[{"expression":"rate(1 day)","timezone":"Europe/berlin","input":{}}]' },
      /^BATCH_SCHEDULES: schedule-1 is .*timezone: .*Europe\/Berlin/,
    ],
    [
      'a cron expression of other systems',
      { BATCH_SCHEDULES: '[{"name":"a","expression":"0 2 * * *","input":{}}]' },
      /^BATCH_SCHEDULES: a has the expression "0 2 \* \* \*": it is neither .*cron\(0 2 \* \* \? \*\)/,
    ],
    [
      'two schedules of one name',
      {
        BATCH_SCHEDULES:
          '[{"name":"a","expression":"rate(1 day)","input":{}},{"name":"a","expression":"rate(2 days)","input":{}}]',
      },
      /^BATCH_SCHEDULES: two schedules have the name a: give each its own/,
    ],
    ['an invalid address', { BATCH_ALARM_EMAIL: 'oncall' }, /^BATCH_ALARM_EMAIL is "oncall": .*e-mail/],
    ['region', { BATCH_REGION: 'Frankfurt' }, /^BATCH_REGION is "Frankfurt": .*eu-west-1/],
    [
      'a region too long for the names of roles',
      { BATCH_REGION: 'xx-averylongregion-1' },
      /^BATCH_REGION is /,
    ],
    [
      'a subnet without its VPC',
      { BATCH_SUBNET_IDS: 'subnet-0a1b2c3d' },
      /^BATCH_SUBNET_IDS .*together with vpcId/,
    ],
    ['a VPC without subnets', { BATCH_VPC_ID: 'vpc-0a1b2c3d' }, /^BATCH_VPC_ID .*together with subnetIds/],
    [
      'security groups without their VPC',
      { BATCH_SECURITY_GROUP_IDS: 'sg-0a1b2c3d' },
      /^BATCH_SECURITY_GROUP_IDS .*together with vpcId/,
    ],
    [
      'a name for a VPC',
      { BATCH_VPC_ID: 'main', BATCH_SUBNET_IDS: 'subnet-0a1b2c3d' },
      /^BATCH_VPC_ID is "main"/,
    ],
    [
      'a role as a permissions boundary',
      { BATCH_PERMISSIONS_BOUNDARY_ARN: 'arn:aws:iam::123456789012:role/x' },
      /^BATCH_PERMISSIONS_BOUNDARY_ARN is .*IAM policy/,
    ],
    ['name prefix', { BATCH_NAME_PREFIX: 'Über' }, /^BATCH_NAME_PREFIX is "Über": .*lower-case/],
    [
      'a prefix that ECS keeps for itself',
      { BATCH_NAME_PREFIX: 'ecs-batch' },
      /^BATCH_NAME_PREFIX is "ecs-batch": .*not aws/,
    ],
    ['too long a prefix', { BATCH_NAME_PREFIX: 'a'.repeat(31) }, /^BATCH_NAME_PREFIX is "a{31}": .*30/],
    ['no workers', { BATCH_MAX_WORKERS: '0' }, /^BATCH_MAX_WORKERS is 0: .*integer, 1 to 5000$/],
    ['not a number', { BATCH_MAX_WORKERS: 'ten' }, /^BATCH_MAX_WORKERS is "ten": /],
    ['half a worker', { BATCH_MAX_WORKERS: '1.5' }, /^BATCH_MAX_WORKERS is 1.5: /],
    ['neither true nor false', { BATCH_SPOT: 'yes' }, /^BATCH_SPOT is "yes": .*true or false/],
    ['unknown processor', { BATCH_PROCESSOR: 'magic' }, /^BATCH_PROCESSOR is "magic": .*checksum.*gzip/],
    ['a processor of every object', { BATCH_PROCESSOR: 'toString' }, /^BATCH_PROCESSOR is "toString"/],
    ['not JSON', { BATCH_TAGS: 'team=data' }, /^BATCH_TAGS is "team=data": .*JSON object/],
    [
      "the worker's own variable",
      { BATCH_PROCESSOR_ENVIRONMENT: '{"ACTIVITY_ARN":"x"}' },
      /^BATCH_PROCESSOR_ENVIRONMENT is /,
    ],
    [
      'an empty variable, which ECS would drop',
      { BATCH_PROCESSOR_ENVIRONMENT: '{"MODE":""}' },
      /^BATCH_PROCESSOR_ENVIRONMENT is \{"MODE":""\}: .*none of them empty/,
    ],
    [
      'architecture of the instance type',
      { BATCH_INSTANCE_TYPES: 'm5.large', BATCH_ARCHITECTURE: 'arm64' },
      /^BATCH_INSTANCE_TYPES is "m5.large": .*arm64/,
    ],
    [
      'unknown vCPUs',
      { BATCH_INSTANCE_TYPES: 'm5.metal' },
      /^slotsPerWorker \(cdktf.json, or BATCH_SLOTS_PER_WORKER\) is not set: .*m5.metal/,
    ],
    [
      'heartbeat not below the timeout',
      { BATCH_OBJECT_TIMEOUT_SECONDS: '60' },
      /^heartbeatSeconds \(cdktf.json, or BATCH_HEARTBEAT_SECONDS\) is 60: .*objectTimeoutSeconds \(60\)/,
    ],
    [
      'heartbeat not below the timeout of executions',
      { BATCH_EXECUTION_TIMEOUT_SECONDS: '60' },
      /^heartbeatSeconds \(cdktf.json, or BATCH_HEARTBEAT_SECONDS\) is 60: .*executionTimeoutSeconds \(60\)/,
    ],
    ['stop timeout beyond what ECS allows', { BATCH_STOP_TIMEOUT_SECONDS: '121' }, /121: .*2 to 120/],
    [
      'log retention',
      { BATCH_LOG_RETENTION_DAYS: '2' },
      /^BATCH_LOG_RETENTION_DAYS is 2: must be one of 1, 3/,
    ],
    [
      'a key without its bucket',
      { BATCH_BUCKET_KEY_ARN: 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab' },
      /^BATCH_BUCKET_KEY_ARN is .*: .*only together with bucket/,
    ],
    [
      "an expiry for a bucket that is not the stack's",
      { BATCH_BUCKET: 'my-data', BATCH_RESULTS_RETENTION_DAYS: '7' },
      /^BATCH_RESULTS_RETENTION_DAYS is 7: must be set only without bucket/,
    ],
    [
      'more polls than a history holds',
      { BATCH_PROVISION_TIMEOUT_SECONDS: '3600', BATCH_PROVISION_POLL_SECONDS: '1' },
      /^BATCH_PROVISION_POLL_SECONDS is 1: must be 2 or more, for provisionTimeoutSeconds 3600$/,
    ],
    ['bucket', { BATCH_BUCKET: 's3://mine' }, /^BATCH_BUCKET is "s3:\/\/mine": .*S3 bucket/],
    [
      'a bucket to read that is its own',
      { BATCH_BUCKET: 'mine', BATCH_READ_BUCKETS: 'archive, mine' },
      /^BATCH_READ_BUCKETS is "mine": must be a bucket that differs from the setting bucket$/,
    ],
    [
      'a bucket to read twice',
      { BATCH_READ_BUCKETS: 'archive, archive owner=any' },
      /^BATCH_READ_BUCKETS is "archive, archive owner=any": must be a list with one entry for archive$/,
    ],
    [
      'outputs to its own bucket',
      { BATCH_BUCKET: 'mine', BATCH_OUTPUT_BUCKET: 'mine' },
      /^BATCH_OUTPUT_BUCKET is "mine": must be a bucket that differs from the setting bucket$/,
    ],
    [
      'one bucket with two owners',
      { BATCH_READ_BUCKETS: 'a-b owner=any', BATCH_OUTPUT_BUCKET: 'a-b owner=111122223333' },
      /^BATCH_OUTPUT_BUCKET is "a-b owner=111122223333": must be the same as the entry of a-b in readBuckets$/,
    ],
    [
      "a key that is not in its bucket's region",
      { BATCH_READ_BUCKETS: 'archive key=arn:aws:kms:eu-west-1:123456789012:key/1' },
      /^BATCH_READ_BUCKETS is "arn:.*": must be a key in the region of archive, us-east-1$/,
    ],
    [
      'an unknown word',
      { BATCH_READ_BUCKETS: 'archive account=111122223333' },
      /^BATCH_READ_BUCKETS is \["archive account=111122223333"\]: must be a list, each entry a bucket and words that say how to reach it, such as/,
    ],
    ['topic', { BATCH_ALARM_TOPIC_ARN: 'me@example.org' }, /^BATCH_ALARM_TOPIC_ARN is .*SNS topic/],
  ];
  for (const [what, environment, message] of WRONG) {
    it(`refuses, in one line: ${what}`, () => {
      expect(() => load(environment)).to.throw(ConfigError, message);
      expect(() => load(environment)).not.to.throw(ConfigError, /\n/);
    });
  }

  it("accepts regions of every partition, and fits the longest names into AWS's limits", () => {
    const regions = [
      'us-gov-east-1',
      'cn-northwest-1',
      'eusc-de-east-1',
      'us-isob-east-1',
      'ap-southeast-7',
      'mx-central-1',
    ];
    for (const region of [...regions, 'us-isof-south-1']) {
      const config = load({ BATCH_REGION: region, BATCH_STATE_REGION: region });
      expect(config.region).to.equal(region);
      // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
      expect(`${'a'.repeat(30)}-task-execution-${region}`.length).to.be.at.most(64);
      expect(ownBucketName('a'.repeat(30), '1'.repeat(12), region).length).to.be.at.most(63);
    }
  });

  it('accepts every log retention that CloudWatch accepts', () => {
    for (const days of [1096, 2557, 2922, 3288, 3653]) {
      expect(load({ BATCH_LOG_RETENTION_DAYS: `${days}` }).logRetentionDays).to.equal(days);
    }
  });

  it('names settings of cdktf.json that are wrong or unknown', () => {
    expect(() => load({}, { maxWorkers: '5' })).to.throw(ConfigError, /^maxWorkers .*is "5"/);
    expect(() => load({}, { maxWorker: 5 })).to.throw(ConfigError, /^maxWorker in cdktf.json is not/);
  });

  it('stops synth with exit code 2 and that line alone', () => {
    expect(runMain({ BATCH_SPOT: 'maybe' })).to.deep.equal({
      status: 2,
      stdout: '',
      stderr: 'BATCH_SPOT is "maybe": must be true or false\n',
    });
  });

  it('stops synth with one line if it cannot write', function () {
    // No user can make a folder there.
    if (process.platform !== 'linux') this.skip();
    const { status, stderr } = runMain({ CDKTF_OUTDIR: '/sys/cdktf.out' });
    expect(status, stderr).to.equal(2);
    expect(stderr).to.match(/^\/sys\/cdktf\.out cannot be written \(E\w+ in mkdir\): .*\n$/);
  });
});

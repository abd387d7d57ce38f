/** Rules between settings. Each check throws a ConfigError that names the setting, its value and the allowed values. */
import { isDeepStrictEqual } from 'node:util';
import { ConfigError, type Where, wrong } from './config-error';
import { parseExistingBucket } from './existing-bucket';
import { secretsProblem } from './secrets';
import type { Settings } from './settings';
import { statementsProblem } from './worker-statements';

/** An execution's history holds 25,000 events; each call of the provisioner in the provision loop makes about ten. */
export const MAX_PROVISION_CALLS = 2000;

export function checkSettings(settings: Settings, where: Where): void {
  checkTimes(settings, where);
  checkNetwork(settings, where);
  checkOwnBucket(settings, where);
  checkBuckets(settings, where);
  checkTopic(settings, 'alarmTopicArn', 'alarmEmail', where);
  checkTopic(settings, 'notifyTopicArn', 'notifyEmail', where);
  const secrets = secretsProblem(settings);
  if (secrets) throw new ConfigError(`${where('secrets')}: ${secrets}`);
  const statements = statementsProblem(settings);
  if (statements) throw new ConfigError(`${where('workerStatements')}: ${statements}`);
}

function checkTimes(settings: Settings, where: Where): void {
  const { heartbeatSeconds, objectTimeoutSeconds, executionTimeoutSeconds } = settings;
  if (heartbeatSeconds >= objectTimeoutSeconds) {
    throw wrong(
      where('heartbeatSeconds'),
      heartbeatSeconds,
      `less than objectTimeoutSeconds (${objectTimeoutSeconds})`,
    );
  }
  // A task may wait for its worker as long as the execution lasts, and Step Functions takes no heartbeat as long as that.
  if (heartbeatSeconds >= executionTimeoutSeconds) {
    throw wrong(
      where('heartbeatSeconds'),
      heartbeatSeconds,
      `less than executionTimeoutSeconds (${executionTimeoutSeconds})`,
    );
  }
  const calls = settings.provisionTimeoutSeconds / settings.provisionPollSeconds;
  if (calls > MAX_PROVISION_CALLS) {
    const minimum = Math.ceil(settings.provisionTimeoutSeconds / MAX_PROVISION_CALLS);
    throw wrong(
      where('provisionPollSeconds'),
      settings.provisionPollSeconds,
      `${minimum} or more, for provisionTimeoutSeconds ${settings.provisionTimeoutSeconds}`,
    );
  }
}

function checkNetwork(settings: Settings, where: Where): void {
  if ((settings.vpcId === undefined) !== (settings.subnetIds === undefined)) {
    const [given, other] = settings.vpcId
      ? (['vpcId', 'subnetIds'] as const)
      : (['subnetIds', 'vpcId'] as const);
    throw wrong(where(given), settings[given], `set only together with ${other}`);
  }
  if (settings.securityGroupIds && !settings.vpcId) {
    throw wrong(
      where('securityGroupIds'),
      settings.securityGroupIds,
      'set only together with vpcId and subnetIds',
    );
  }
}

/** What holds for a bucket of the deployment's own, or only for an existing one. */
function checkOwnBucket(settings: Settings, where: Where): void {
  if (settings.bucketKeyArn && !settings.bucket) {
    throw wrong(where('bucketKeyArn'), settings.bucketKeyArn, 'set only together with bucket');
  }
  if (settings.resultsRetentionDays !== undefined && settings.bucket) {
    throw wrong(
      where('resultsRetentionDays'),
      settings.resultsRetentionDays,
      'set only without bucket: the stack does not change the settings of an existing bucket',
    );
  }
}

/** A topic excludes an address, and it is in the region of its publisher. */
function checkTopic(
  settings: Settings,
  topicSetting: 'alarmTopicArn' | 'notifyTopicArn',
  emailSetting: 'alarmEmail' | 'notifyEmail',
  where: Where,
): void {
  const { [topicSetting]: topicArn, [emailSetting]: email, region } = settings;
  if (!topicArn) return;
  if (email) {
    const allowed = `unset, because ${topicSetting} is ${topicArn}: subscribe the address to that topic`;
    throw wrong(where(emailSetting), email, allowed);
  }
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
  if (topicArn.split(':')[3] !== region)
    throw wrong(where(topicSetting), topicArn, `a topic in ${region}, where the deployment is`);
}

const OTHER_BUCKET = 'a bucket that differs from the setting bucket';

/** Each bucket is named once, and reached in one way. */
function checkBuckets({ bucket, readBuckets = [], outputBucket, region }: Settings, where: Where): void {
  const reads = readBuckets.map(parseExistingBucket);
  const output = outputBucket === undefined ? undefined : parseExistingBucket(outputBucket);
  const places = [
    ...reads.map((each) => ['readBuckets', each] as const),
    ...(output ? [['outputBucket', output] as const] : []),
  ];
  for (const [setting, { name, keyArn, region: other = region }] of places) {
    if (keyArn !== undefined && keyArn.split(':')[3] !== other)
      throw wrong(where(setting), keyArn, `a key in the region of ${name}, ${other}`);
  }
  for (const [index, { name }] of reads.entries()) {
    if (name === bucket) throw wrong(where('readBuckets'), name, OTHER_BUCKET);
    if (reads.findIndex((each) => each.name === name) !== index)
      throw wrong(where('readBuckets'), readBuckets.join(', '), `a list with one entry for ${name}`);
  }
  if (!output) return;
  if (output.name === bucket) throw wrong(where('outputBucket'), outputBucket, OTHER_BUCKET);
  const same = reads.find(({ name }) => name === output.name);
  if (same && !isDeepStrictEqual(same, output))
    throw wrong(
      where('outputBucket'),
      outputBucket,
      `the same as the entry of ${output.name} in readBuckets`,
    );
}

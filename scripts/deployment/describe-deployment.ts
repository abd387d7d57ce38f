/** What a deployment is about to do, for people. */
import { OWN_FOLDER } from '../../bundles/processors/folder';
import type { Config } from '../../stacks/settings/complete-config';
import { ownBucketName } from '../../stacks/storage/bucket-name';
import type { Prepared } from './prepare';
import { describeChanges } from './terraform/plan';
import { stateLocation } from './terraform/state';

/** Lines: a table. */
export function describeDeployment(
  { config, caller, state, changes, roles }: Omit<Prepared, 'terraform'>,
  skipImage: boolean | undefined,
): string[] {
  const types = config.instanceTypes.join(', ');
  const rows = [
    ['Account', `${caller.accountId} (${caller.arn})`],
    ['Region', [config.region, ...unusedRegion(config, process.env)].join(', ')],
    ['Stack', `${config.namePrefix}, ${state ? 'which exists: an update' : 'new'}`],
    ['Changes', describeChanges(changes)],
    ...(roles.length > 0
      ? [['Roles', `the account gets the service-linked roles ${roles.map(({ role }) => role).join(', ')}`]]
      : []),
    [
      'Workers',
      `0 between executions, up to ${config.maxWorkers} of ${types}${config.spot ? ' (Spot)' : ''}`,
    ],
    ['Processor', processorRow(config)],
    ['Bucket', bucketRow(config, caller.accountId, state?.outputs.bucket_name)],
    ...(config.readBuckets ? [['Reads', config.readBuckets.join('; ')]] : []),
    ...(config.outputBucket ? [['Outputs', config.outputBucket]] : []),
    ['Alarms', alarmsRow(config)],
    ['Messages', messagesRow(config)],
    ...config.schedules.map(({ name, expression, timezone }) => [
      'Schedule',
      `${name}, ${expression}, ${timezone}`,
    ]),
    ['State', stateLocation(config)],
    ['Image', `for ${config.architecture}, ${skipImage ? 'left to `npm run push`' : 'built and pushed'}`],
  ];
  return rows.map(([name, value]) => `${name?.padEnd(10)} ${value}`);
}

/** `deployed`: the bucket until now; undefined if there is none. */
function bucketRow({ bucket, namePrefix, region }: Config, accountId: string, deployed: unknown): string {
  const name = bucket ?? ownBucketName(namePrefix, accountId, region);
  return [
    name,
    bucket ? 'whose settings stay as they are' : 'which the stack makes',
    ...((deployed ?? name) === name ? [] : [`INSTEAD OF ${deployed}`]),
  ].join(', ');
}

function alarmsRow({ alarmTopicArn, alarmEmail }: Config): string {
  if (alarmEmail) return `e-mail to ${alarmEmail}`;
  return alarmTopicArn ?? 'NOTIFY NOBODY: give --alarm-email <address>, or set alarmTopicArn';
}

function messagesRow({ notifyTopicArn, notifyEmail }: Config): string {
  if (notifyEmail) return `e-mail to ${notifyEmail}`;
  return notifyTopicArn ?? 'none: give --notify-email <address>, or set notifyTopicArn';
}

/** The folder, if it is not the project's own. */
function processorRow({ processor, processorsFolder }: Config): string {
  return processorsFolder === OWN_FOLDER ? processor : `${processor}, of ${processorsFolder}`;
}

/** The AWS CLI's variables of the region do not choose the stack's: the same settings make the same stack everywhere. */
function unusedRegion({ region }: Config, { AWS_REGION, AWS_DEFAULT_REGION }: NodeJS.ProcessEnv): string[] {
  return Object.entries({ AWS_REGION, AWS_DEFAULT_REGION })
    .filter(([, value]) => value && value !== region)
    .map(([name, value]) => `not ${name} (${value}): give --region ${value} to deploy there`)
    .slice(0, 1);
}

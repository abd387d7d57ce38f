/** What a cleanup is about to do, and what it leaves, for people. */

import { stateLocation } from '../terraform/state';
import type { Deployed } from './inspect';
import type { BucketOptions } from './take-down';

/** Lines: a table, and the executions that run. */
export function describeTakeDown(deployed: Deployed, { keepBucket }: BucketOptions): string[] {
  const { config, state, executions, ownBucket, ownBucketHasObjects } = deployed;
  const bucket = !ownBucket
    ? `${state.outputs.bucket_name ?? 'none'} stays: the stack did not make it`
    : keepBucket
      ? `${ownBucket} stays, with everything in it`
      : `${ownBucket} is deleted${ownBucketHasObjects ? ' WITH ALL OBJECTS IN IT' : '; it is empty'}`;
  const rows = [
    ['Stack', `${config.namePrefix} in ${config.region}, ${state.resources.length} resources`],
    ['Bucket', bucket],
    ['Running', executions.length === 0 ? 'no execution' : `${count(executions)}, stopped first`],
  ];
  return [
    ...rows.map(([name, value]) => `${name?.padEnd(10)} ${value}`),
    ...executions.map(({ execution, startedAt }) => `  ${execution.name}, since ${startedAt.toISOString()}`),
  ];
}

function count({ length }: Deployed['executions']): string {
  return length === 1 ? '1 execution' : `${length} executions`;
}

export function describeRemains(
  { config, state, ownBucket }: Deployed,
  { keepBucket }: BucketOptions,
): string[] {
  const bucket = keepBucket ? ownBucket : ownBucket ? undefined : state.outputs.bucket_name;
  return [
    'Taken down. What remains:',
    ...(bucket ? [`  the bucket ${bucket}; to work on it again: npm run deploy -- --bucket ${bucket}`] : []),
    `  the Terraform state ${stateLocation(config)}, which is empty`,
    '  the metrics in CloudWatch, which expire and cost nothing',
  ];
}

/** What a local cloud that is kept up prints: how other programs use it. */
import type { LocalCloud } from '../../local/cloud';
import { exportLines } from '../cli/shell';
import { type BucketFolders, bucketFolderWords } from './bucket-folders';

/** Lines, for a shell to read and for people. */
export function instructions(
  { endpoint, environment, outputs }: LocalCloud,
  bucketDir: BucketFolders | undefined,
  viewAddress: string,
): string[] {
  const exports = exportLines(environment, new URL(endpoint).hostname, process.env);
  const { bucket_name: bucket, state_machine_arn: stateMachine, cluster_name: cluster } = outputs;
  // The local cloud that the command finds knows the folders of other buckets.
  const [where] = bucketFolderWords(bucketDir && { ...bucketDir, others: {} });
  return [
    ...exports,
    '',
    '# In a terminal that has read these lines, any AWS client uses the local cloud:',
    `#   aws s3 ls s3://${bucket}/data/`,
    `#   aws stepfunctions start-execution --state-machine-arn ${stateMachine} \\`,
    `#     --input '{"worker_count": 2, "prefix": "data/"}'`,
    `#   aws ecs list-tasks --cluster ${cluster}`,
    '# In any terminal:',
    `#   npx ts-node scripts/execute.ts 2 data/ --target local${where ? ` ${where}` : ''}`,
    '# In a browser, the runs:',
    `#   ${viewAddress}`,
    '# Ctrl-C stops the local cloud.',
  ];
}

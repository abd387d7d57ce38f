/** What the user does after a deployment, as lines. */
import type { Config } from '../../stacks/settings/complete-config';

/** `given`: the settings that this run had as options. `unconfirmed`: what `unconfirmedSubscriptions` returns. */
export function nextSteps(
  bucketName: string,
  given: Partial<Config>,
  { skipImage, unconfirmed }: { skipImage?: boolean; unconfirmed: string[] },
): string[] {
  const context = JSON.stringify({ batchProcessor: given });
  const toKeep = [
    'The next deployment does not remember these options. To keep them, put this into cdktf.json:',
    `  "context": ${context}`,
  ];
  return [
    'Deployed. Next:',
    ...(skipImage ? ['  npm run push'] : []),
    ...unconfirmed.map((line) => `  ${line}`),
    `  aws s3 cp --recursive <folder> s3://${bucketName}/input/`,
    '  npx ts-node scripts/execute.ts 2 input/ --watch',
    '  npm run cleanup    # takes it all down',
    ...(Object.keys(given).length > 0 ? toKeep : []),
  ];
}

import type { AwsCheck } from './check';

const SECONDS = 60;

export const listingDelay: AwsCheck = {
  name: 'listing-delay',
  expectation: `ListExecutions shows a started execution within ${SECONDS} s`,
  runs: 1,
  async observe(trial) {
    const started = await trial.start({ prefix: trial.prefix });
    const listed = await trial.wait(async () => {
      for await (const { execution } of trial.batch.running()) if (execution.arn === started.arn) return true;
      return (await started.describe()).status === 'RUNNING' ? undefined : true;
    }, SECONDS);
    return listed
      ? { holds: true, observed: `listed after ${listed.seconds} s` }
      : { holds: false, observed: `not listed after ${SECONDS} s` };
  },
};

import { DescribeMapRunCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import { TASKS_PER_SLOT } from '../../../runtime/slot-limits';
import { type AwsCheck, compare } from './check';

const PERCENTAGE = 37;

export const mapLimits: AwsCheck = {
  name: 'map-limits',
  expectation: 'MaxConcurrency and ToleratedFailurePercentage take their values from expressions',
  runs: 1,
  async observe(trial) {
    const { execution, error, cause } = await trial.run({
      objects: [{ Key: `${trial.prefix}none` }],
      tolerated_failure_percentage: PERCENTAGE,
    });
    const { sfn } = trial.batch.clients;
    const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn: execution.arn }));
    const mapRunArn = mapRuns[0]?.mapRunArn;
    if (!mapRunArn) return { holds: false, observed: `no Map Run: ${error}: ${cause}` };
    const mapRun = await sfn.send(new DescribeMapRunCommand({ mapRunArn }));
    return compare(
      { concurrency: mapRun.maxConcurrency, percentage: mapRun.toleratedFailurePercentage },
      { concurrency: Number(trial.output('slots_per_worker')) * TASKS_PER_SLOT, percentage: PERCENTAGE },
    );
  },
};

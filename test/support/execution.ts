/** Executions of any state machine of a local Step Functions. */
import { DescribeExecutionCommand, type DescribeExecutionOutput, type SFNClient } from '@aws-sdk/client-sfn';
import { until } from './until';

/** What an execution has become when it has ended. */
export async function ended(
  { sfn }: { sfn: SFNClient },
  executionArn: string,
): Promise<DescribeExecutionOutput> {
  return until(async () => {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status !== 'RUNNING' && execution;
  }, `the end of ${executionArn}`);
}

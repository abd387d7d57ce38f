/** Executions of any state machine of a local Step Functions. */
import { DescribeExecutionCommand, type DescribeExecutionOutput, type SFNClient } from '@aws-sdk/client-sfn';
import { until } from './until';

/** The state of an execution that has ended. */
export async function ended(
  { sfn }: { sfn: SFNClient },
  executionArn: string,
): Promise<DescribeExecutionOutput> {
  return until(async () => {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status !== 'RUNNING' && execution;
  }, `the end of ${executionArn}`);
}

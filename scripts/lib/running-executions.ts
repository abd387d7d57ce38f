/** Executions that a clean-up would cut off. */
import { paginateListExecutions, type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';

export interface RunningExecution {
  executionArn: string;
  name: string;
  startDate?: Date;
}

/** Running executions of the state machine; none if there is no such state machine any more. */
export async function listRunning(sfn: SFNClient, stateMachineArn: string): Promise<RunningExecution[]> {
  const running: RunningExecution[] = [];
  const query = { stateMachineArn, statusFilter: 'RUNNING' } as const;
  try {
    for await (const { executions } of paginateListExecutions({ client: sfn }, query)) {
      for (const { executionArn = '', name = '', startDate } of executions ?? [])
        running.push({ executionArn, name, startDate });
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'StateMachineDoesNotExist') return [];
    throw error;
  }
  return running;
}

/** Stopping one that has ended meanwhile does no harm. */
export async function stopAll(sfn: SFNClient, executions: RunningExecution[]): Promise<void> {
  for (const { executionArn } of executions) {
    await sfn.send(
      new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'The deployment is taken down' }),
    );
  }
}

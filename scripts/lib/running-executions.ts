/** Executions that a clean-up would cut off. */
import { paginateListExecutions, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';

export interface RunningExecution {
  executionArn: string;
  name: string;
  startDate?: Date;
}

/** Running executions of the state machine; none if there is no such state machine any more. */
export async function listRunning(region: string, stateMachineArn: string): Promise<RunningExecution[]> {
  const sfn = new SFNClient({ region });
  const running: RunningExecution[] = [];
  try {
    const query = { stateMachineArn, statusFilter: 'RUNNING' } as const;
    for await (const { executions } of paginateListExecutions({ client: sfn }, query)) {
      for (const { executionArn = '', name = '', startDate } of executions ?? [])
        running.push({ executionArn, name, startDate });
    }
    return running;
  } catch (error) {
    if (error instanceof Error && error.name === 'StateMachineDoesNotExist') return [];
    throw error;
  } finally {
    sfn.destroy();
  }
}

/** Stopping one that has ended meanwhile does no harm. */
export async function stopAll(region: string, executions: RunningExecution[]): Promise<void> {
  const sfn = new SFNClient({ region });
  try {
    for (const { executionArn } of executions) {
      await sfn.send(
        new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'The deployment is taken down' }),
      );
    }
  } finally {
    sfn.destroy();
  }
}

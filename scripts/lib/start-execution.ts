/** Starts an execution of the deployed workflow. */
import { randomBytes } from 'node:crypto';
import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { ExecutionInput } from '../../runtime/contract';
import { consoleUrl } from '../../stacks/console';
import type { Target } from './target';

/** Unique, and sorted by time: `run-20261123T140000-3f9a1c`. */
export function newName(kind: string): string {
  const now = new Date().toISOString().replace(/[-:]|\..*/g, '');
  return `${kind}-${now}-${randomBytes(3).toString('hex')}`;
}

/** Returns the execution's ARN. */
export async function startExecution(target: Target, name: string, input: ExecutionInput): Promise<string> {
  const { stateMachineArn } = target.deployment;
  const { executionArn = '' } = await target.clients.sfn.send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
  );
  return executionArn;
}

export async function stopExecution(target: Target, executionArn: string, cause: string): Promise<void> {
  await target.clients.sfn.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause }));
}

/** Where the console shows the execution: its graph, its events, its Map Run. */
export function executionConsoleUrl(region: string, executionArn: string): string {
  return consoleUrl(region, `states/home?region=${region}#/v2/executions/details/${executionArn}`);
}

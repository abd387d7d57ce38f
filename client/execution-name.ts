/** Names and ARNs of executions. */
import { randomBytes } from 'node:crypto';
import { ExecutionNotFoundError } from './errors';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what is not allowed.
export const EXECUTION_NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/;

/** Unique, and sorted by time: `run-20261123T140000-3f9a1c`. */
export function newName(kind: string): string {
  const now = new Date().toISOString().replace(/[-:]|\..*/g, '');
  return `${kind}-${now}-${randomBytes(3).toString('hex')}`;
}

/** Whether `newName` made it, of this kind. */
export function isMadeName(kind: string, name: string): boolean {
  return name.startsWith(`${kind}-`) && /^\d{8}T\d{6}-[0-9a-f]{6}$/.test(name.slice(kind.length + 1));
}

/**
 * ARN of an execution that is given by its name or ARN. Throws an ExecutionNotFoundError if it is another state machine's.
 */
export function executionArnOf(stateMachineArn: string, execution: string): string {
  const prefix = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:`;
  if (!execution.startsWith('arn:')) return prefix + execution;
  if (execution.startsWith(prefix)) return execution;
  throw new ExecutionNotFoundError(
    `${execution} is not an execution of the state machine ${stateMachineArn}.`,
  );
}

export function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

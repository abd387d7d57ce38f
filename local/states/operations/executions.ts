import { randomUUID } from 'node:crypto';
import type * as Sfn from '@aws-sdk/client-sfn';
import { ServiceError } from '../../service';
import { arn, checkArn, checkName } from '../arns';
import type { Engine } from '../engine';
import { validationError } from '../errors';
import { Execution } from '../execution';
import { redriveEligibility } from '../redrive';
import type { StateMachines } from '../state-machines';
import { type Operations, onResource, page, parsePayload } from './operation';

export function executionOperations(engine: Engine, machines: StateMachines): Operations {
  const { executions } = engine;
  return {
    StartExecution: onResource<Sfn.StartExecutionInput, Sfn.StartExecutionOutput>(
      'StartExecution',
      ['stateMachineArn', 'stateMachine'],
      ({ stateMachineArn, name = randomUUID(), input: inputText = '{}' }) => {
        const { machine, program } = machines.find(String(stateMachineArn));
        checkName(name);
        const input = parsePayload(
          'input',
          inputText,
          'InvalidExecutionInput',
          'Invalid State Machine Execution Input',
        );
        const executionArn = arn(engine.site, 'execution', machine.name, name);
        const same = executions.started.get(executionArn);
        if (same) {
          // The same request again, as after a lost answer, is answered as the first was.
          if (same.status === 'RUNNING' && same.inputText === inputText) {
            return { executionArn, startDate: same.startDate };
          }
          throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
        }
        const execution = new Execution(engine, { executionArn, name, machine, program, inputText, input });
        execution.start();
        return { executionArn, startDate: execution.startDate };
      },
    ),
    DescribeExecution: onResource<Sfn.DescribeExecutionInput, Sfn.DescribeExecutionOutput>(
      'DescribeExecution',
      ['executionArn', 'execution'],
      ({ executionArn }) => describe(executions.find(String(executionArn))),
    ),
    StopExecution: onResource<Sfn.StopExecutionInput, Sfn.StopExecutionOutput>(
      'StopExecution',
      ['executionArn', 'execution'],
      ({ executionArn, error, cause }) => {
        const execution = executions.find(String(executionArn));
        execution.end('ABORTED', { error, cause });
        return { stopDate: execution.stopDate ?? new Date() };
      },
    ),
    RedriveExecution: onResource<Sfn.RedriveExecutionInput, Sfn.RedriveExecutionOutput>(
      'RedriveExecution',
      ['executionArn', 'execution'],
      ({ executionArn }) => {
        const execution = executions.find(String(executionArn));
        const { redriveStatus, redriveStatusReason } = redriveEligibility(execution);
        if (redriveStatus !== 'REDRIVABLE') {
          const reason = redriveStatusReason ?? 'A child workflow execution is redriven by its Map Run';
          throw new ServiceError('ExecutionNotRedrivable', `Execution Not Redrivable: '${reason}'`);
        }
        execution.redrive();
        return { redriveDate: execution.redriveDate ?? new Date() };
      },
    ),
    GetExecutionHistory: onResource<Sfn.GetExecutionHistoryInput, object>(
      'GetExecutionHistory',
      ['executionArn', 'execution'],
      (input) => {
        const { events } = executions.find(String(input.executionArn)).history;
        const { items, nextToken } = page(input.reverseOrder ? events.toReversed() : events, input);
        return { events: items, nextToken };
      },
    ),
    ListExecutions: {
      authorize: ({ stateMachineArn, mapRunArn }: Sfn.ListExecutionsInput) => ({
        action: 'states:ListExecutions',
        resources: [stateMachineArn ?? mapRunArn ?? '*'],
      }),
      run: (input: Sfn.ListExecutionsInput): Sfn.ListExecutionsOutput => {
        const { items, nextToken } = page(select(input), input);
        return { executions: items.map(summarize), nextToken };
      },
    },
  };

  /** The newest first. */
  function select(input: Sfn.ListExecutionsInput): Execution[] {
    const { stateMachineArn, mapRunArn, statusFilter, redriveFilter } = input;
    let found: Execution[];
    if (mapRunArn !== undefined) {
      checkArn(mapRunArn, 'mapRun');
      const run = executions.findMapRun(mapRunArn);
      found = [...executions.children.values()].filter(({ mapRun }) => mapRun === run);
    } else if (stateMachineArn !== undefined) {
      checkArn(stateMachineArn, 'stateMachine');
      machines.find(stateMachineArn);
      found = [...executions.started.values()].filter(
        (execution) => execution.stateMachineArn === stateMachineArn,
      );
    } else throw validationError('stateMachineArn', undefined, 'Give stateMachineArn or mapRunArn');
    return found
      .filter(({ status }) => statusFilter === undefined || status === statusFilter)
      .filter(({ redriveCount }) => !redriveFilter || (redriveFilter === 'REDRIVEN') === redriveCount > 0)
      .reverse();
  }
}

function summarize(execution: Execution): Sfn.ExecutionListItem {
  const { mapRun } = execution;
  return {
    executionArn: execution.executionArn,
    stateMachineArn: execution.stateMachineArn,
    name: execution.name,
    status: execution.status as Sfn.ExecutionStatus,
    startDate: execution.startDate,
    stopDate: execution.stopDate,
    ...(mapRun ? { mapRunArn: mapRun.mapRunArn, itemCount: execution.itemCount } : {}),
    redriveCount: execution.redriveCount,
    redriveDate: execution.redriveDate,
  };
}

function describe(execution: Execution): Sfn.DescribeExecutionOutput {
  const { itemCount: _, ...summary } = summarize(execution);
  const { inputText, output, error, cause } = execution;
  return {
    ...summary,
    input: inputText,
    inputDetails: { included: true },
    output,
    outputDetails: output === undefined ? undefined : { included: true },
    error,
    cause,
    ...redriveEligibility(execution),
  };
}

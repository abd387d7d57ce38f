import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { text } from '../../../core/members';
import { ServiceError } from '../../../core/service';
import type { Engine } from '../run/engine';
import type { Execution } from '../run/execution';
import { presented } from '../run/history';
import { startExecution } from '../run/start-execution';
import { validationError } from './errors';
import {
  type Declaration,
  executionArn,
  failure,
  longNextToken,
  mapRunArn,
  name,
  operation,
  paging,
  parsePayload,
  payload,
  refuseQualified,
  stateMachineArn,
} from './operation';
import { compare, type Position, page } from './page';

const historic = {
  executionArn,
  reverseOrder: z.boolean().optional(),
  includeExecutionData: z.boolean().optional(),
  ...paging,
};
const listed = z.object({
  stateMachineArn: stateMachineArn.optional(),
  mapRunArn: mapRunArn.optional(),
  statusFilter: z
    .enum(['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING'])
    .optional(),
  redriveFilter: z.enum(['REDRIVEN', 'NOT_REDRIVEN']).optional(),
  ...paging,
  nextToken: longNextToken,
});

export function executionOperations(engine: Engine): Record<string, Declaration> {
  const { executions, machines } = engine;
  return {
    StartExecution: operation(
      { stateMachineArn, name: name.optional(), input: payload.optional() },
      ({ stateMachineArn, name = randomUUID(), input: inputText = '{}' }) => {
        refuseQualified(stateMachineArn);
        const machine = machines.get(stateMachineArn);
        if (!machine) {
          throw new ServiceError(
            'StateMachineDoesNotExist',
            `State Machine Does Not Exist: '${stateMachineArn}'`,
          );
        }
        const input = parsePayload('input', inputText);
        const executionArn = engine.arn('execution', machine.name, name);
        const same = executions.started.get(executionArn);
        // The same request again, as after a lost answer, is answered as the first was.
        if (same && (same.status !== 'RUNNING' || same.inputText !== inputText)) {
          throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
        }
        if (same) return { executionArn, startDate: same.startDate };
        const { program } = machine;
        const options = { executionArn, machine, program, inputText, input };
        return { executionArn, startDate: startExecution(engine, options).startDate };
      },
    ),
    DescribeExecution: operation({ executionArn }, ({ executionArn }) =>
      describe(executions.find(executionArn)),
    ),
    StopExecution: operation({ executionArn, ...failure }, ({ executionArn, error, cause }) => {
      const execution = executions.find(executionArn);
      execution.end('ABORTED', { error, cause });
      return { stopDate: execution.stopDate };
    }),
    RedriveExecution: operation(
      { executionArn, clientToken: text(1, 64).optional() },
      ({ executionArn, clientToken }) => {
        const execution = executions.find(executionArn);
        if (!execution.redriveTokens.has(clientToken)) {
          const { redriveStatus, redriveStatusReason } = execution.redrivability;
          if (redriveStatus !== 'REDRIVABLE') {
            const reason = redriveStatusReason ?? 'A child workflow execution is redriven by its Map Run';
            throw new ServiceError('ExecutionNotRedrivable', `Execution Not Redrivable: '${reason}'`);
          }
          execution.redriveTokens.add(clientToken);
          execution.redrive();
        }
        return { redriveDate: execution.redriveDate };
      },
    ),
    GetExecutionHistory: operation(historic, (input) => {
      const { executionArn, reverseOrder, includeExecutionData = true } = input;
      const { events } = executions.find(executionArn).history;
      const { items, nextToken } = page(reverseOrder ? events.toReversed() : events, input, ({ id }) => [
        reverseOrder ? -id : id,
      ]);
      return { events: items.map((event) => presented(event, includeExecutionData)), nextToken };
    }),
    ListExecutions: operation(
      listed.shape,
      (input) => {
        const listed = select(input).sort((a, b) => compare(recency(a), recency(b)));
        const { items, nextToken } = page(listed, input, recency);
        return { executions: items.map(summarize), nextToken };
      },
      ({ stateMachineArn, mapRunArn }) => stateMachineArn ?? mapRunArn,
    ),
  };

  function select({
    stateMachineArn,
    mapRunArn,
    statusFilter,
    redriveFilter,
  }: z.output<typeof listed>): Execution[] {
    if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
      throw validationError('stateMachineArn', stateMachineArn, 'Give either stateMachineArn or mapRunArn');
    }
    if (
      stateMachineArn !== undefined &&
      (redriveFilter !== undefined || statusFilter === 'PENDING_REDRIVE')
    ) {
      const filter = redriveFilter === undefined ? 'statusFilter' : 'redriveFilter';
      throw validationError(
        filter,
        redriveFilter ?? statusFilter,
        'It is a filter of a Map Run: give mapRunArn',
      );
    }
    const run = mapRunArn === undefined ? undefined : executions.findMapRun(mapRunArn);
    if (stateMachineArn !== undefined && !machines.has(stateMachineArn)) {
      throw new ServiceError(
        'StateMachineDoesNotExist',
        `State Machine Does Not Exist: '${stateMachineArn}'`,
      );
    }
    return [...(run ? executions.children : executions.started).values()].filter(
      ({ mapRun, machine, status, redriveCount }) =>
        mapRun === run &&
        (run !== undefined || machine.stateMachineArn === stateMachineArn) &&
        (statusFilter === undefined || status === statusFilter) &&
        (redriveFilter === undefined || (redriveFilter === 'REDRIVEN') === redriveCount > 0),
    );
  }
}

/**
 * The most recent first. Source: API reference, ListExecutions: running executions by the date of their start or redrive, the others by
 * that of their end.
 */
function recency({ id, status, startDate, redriveDate, stopDate }: Execution): Position {
  const date = status === 'RUNNING' ? redriveDate : stopDate;
  return [-(date ?? startDate).getTime(), -id];
}

function summarize(execution: Execution): object {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, mapRun } = execution;
  const { redriveCount, redriveDate, itemCount } = execution;
  const redriven = { redriveCount, redriveDate };
  const child = mapRun && { mapRunArn: mapRun.mapRunArn, itemCount };
  return { executionArn, stateMachineArn, name, status, startDate, stopDate, ...child, ...redriven };
}

function describe(execution: Execution): object {
  const { inputText, output, error, cause } = execution;
  return {
    ...summarize(execution),
    itemCount: undefined,
    input: inputText,
    inputDetails: { included: true },
    output,
    outputDetails: output === undefined ? undefined : { included: true },
    error,
    cause,
    ...execution.redrivability,
  };
}

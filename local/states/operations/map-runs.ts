import type * as Sfn from '@aws-sdk/client-sfn';
import type { Engine } from '../engine';
import { validationError } from '../errors';
import { type Operations, onResource, page } from './operation';

export function mapRunOperations({ executions }: Engine): Operations {
  return {
    ListMapRuns: onResource<Sfn.ListMapRunsInput, Sfn.ListMapRunsOutput>(
      'ListMapRuns',
      ['executionArn', 'execution'],
      (input) => {
        const { items, nextToken } = page(executions.find(String(input.executionArn)).mapRuns, input);
        return {
          mapRuns: items.map((run) => ({
            executionArn: run.executionArn,
            mapRunArn: run.mapRunArn,
            stateMachineArn: run.stateMachineArn,
            startDate: run.startDate,
            stopDate: run.stopDate,
          })),
          nextToken,
        };
      },
    ),
    DescribeMapRun: onResource<Sfn.DescribeMapRunInput, Sfn.DescribeMapRunOutput>(
      'DescribeMapRun',
      ['mapRunArn', 'mapRun'],
      ({ mapRunArn }) => {
        const run = executions.findMapRun(String(mapRunArn));
        return {
          mapRunArn: run.mapRunArn,
          executionArn: run.executionArn,
          status: run.status,
          startDate: run.startDate,
          stopDate: run.stopDate,
          maxConcurrency: run.maxConcurrency,
          toleratedFailureCount: run.toleratedFailureCount,
          toleratedFailurePercentage: run.toleratedFailurePercentage,
          itemCounts: { ...run.itemCounts },
          executionCounts: { ...run.executionCounts },
          redriveCount: run.redriveCount,
          redriveDate: run.redriveDate,
        };
      },
    ),
    UpdateMapRun: onResource<Sfn.UpdateMapRunInput, object>(
      'UpdateMapRun',
      ['mapRunArn', 'mapRun'],
      ({ mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage }) => {
        const run = executions.findMapRun(String(mapRunArn));
        const limits = { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage };
        for (const [member, value] of Object.entries(limits)) {
          const maximum = member === 'toleratedFailurePercentage' ? 100 : Number.MAX_SAFE_INTEGER;
          if (value !== undefined && !(value >= 0 && value <= maximum)) {
            throw validationError(member, value, `Member must be between 0 and ${maximum}`);
          }
        }
        run.update(limits);
        return {};
      },
    ),
  };
}

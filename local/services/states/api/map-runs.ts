import * as z from 'zod';
import type { Engine } from '../run/engine';
import { type Declaration, executionArn, mapRunArn, operation, paging } from './operation';
import { page } from './page';

const limits = {
  maxConcurrency: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
  toleratedFailureCount: z.int().min(0).optional(),
  toleratedFailurePercentage: z.number().min(0).max(100).optional(),
};

export function mapRunOperations({ executions }: Engine): Record<string, Declaration> {
  return {
    ListMapRuns: operation({ executionArn, ...paging }, (input) => {
      const { items, nextToken } = page(executions.mapRunsOf(executions.find(input.executionArn)), input);
      const mapRuns = items.map(({ executionArn, mapRunArn, stateMachineArn, startDate, stopDate }) => {
        return { executionArn, mapRunArn, stateMachineArn, startDate, stopDate };
      });
      return { mapRuns, nextToken };
    }),
    DescribeMapRun: operation({ mapRunArn }, ({ mapRunArn }) => {
      const run = executions.findMapRun(mapRunArn);
      const { executionArn, status, startDate, stopDate } = run;
      const { maxConcurrency = 0, toleratedFailureCount = 0, toleratedFailurePercentage = 0 } = run.limits;
      return {
        mapRunArn,
        executionArn,
        status,
        startDate,
        stopDate,
        maxConcurrency,
        toleratedFailureCount,
        toleratedFailurePercentage,
        itemCounts: { ...run.counts.items },
        executionCounts: { ...run.counts.executions },
        redriveCount: run.redriveCount,
        redriveDate: run.redriveDate,
      };
    }),
    UpdateMapRun: operation({ mapRunArn, ...limits }, (input) => {
      const { mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage } = input;
      const limits = { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage };
      executions.findMapRun(mapRunArn).update(limits);
    }),
  };
}

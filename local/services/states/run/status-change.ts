import type { PublishedEvent } from '../../../core/published-event';
import type { Execution } from './execution';

/** Characters of escaped input and output that an event may carry. */
const MAX_DATA = 248 * 1_024;

/**
 * The event that EventBridge gets when an execution starts and when it ends.
 * Source: Developer Guide, "Automating Step Functions event delivery with EventBridge", Event examples.
 */
export function statusChange(execution: Execution): PublishedEvent {
  const { executionArn, stateMachineArn, name, status, redriveCount, inputText, output } = execution;
  const outputSize = output === undefined ? 0 : JSON.stringify(output).length;
  const withOutput = outputSize <= MAX_DATA;
  const withInput = JSON.stringify(inputText).length + outputSize <= MAX_DATA;
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn,
      name,
      status,
      startDate: execution.startDate.getTime(),
      stopDate: execution.stopDate?.getTime() ?? null,
      input: withInput ? inputText : null,
      inputDetails: { included: withInput },
      output: withOutput ? (output ?? null) : null,
      outputDetails: output === undefined ? null : { included: withOutput },
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount,
      redriveDate: execution.redriveDate?.getTime() ?? null,
      ...execution.redrivability,
      error: execution.error ?? null,
      cause: execution.cause ?? null,
    },
  };
}

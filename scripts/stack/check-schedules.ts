/** Whether the executions of the setting `schedules` could start: a schedule that is deployed fails unseen. */
import type { RuntimeBundles } from '../../bundles';
import { InvalidInputError } from '../../client/errors';
import { problemOfInput } from '../../client/input/input-problem';
import type { Rule } from '../../client/input/rules';
import { dueTimes } from '../../local/services/scheduler/expression';
import type { ExecutionInput } from '../../runtime/contract';
import { PREFIXES } from '../../runtime/prefixes';
import type { Config } from '../../stacks/settings/complete-config';
import { ConfigError } from '../../stacks/settings/config-error';
import { parseExistingBucket } from '../../stacks/settings/existing-bucket';
import { workflowDefinition } from '../../stacks/workflow/definition';

/**
 * Holds each input to the state machine's own rules, to the schema of its processor's parameters and to that of `select`, as `execute.ts`
 * does. Rejects with a ConfigError that names the first schedule that is wrong.
 */
export async function checkSchedules(config: Config, { processors }: RuntimeBundles): Promise<void> {
  const rules = rulesOf(config);
  for (const { name, expression, timezone, input } of config.schedules) {
    const scheduleError = (problem: string) =>
      new ConfigError(`The schedule ${name} (setting schedules): ${problem}`);
    if (!dueTimes(expression, timezone)(new Date()))
      throw scheduleError(`${expression} has no date in the future.`);
    const given = input as unknown as ExecutionInput;
    const problem = await problemOfInput(given, { rules, processor: config.processor, processors }).catch(
      (error) => {
        if (error instanceof InvalidInputError) return error.message;
        throw error;
      },
    );
    if (problem) throw scheduleError(problem);
  }
}

function rulesOf(config: Config): Rule[] {
  // The stack's own bucket has no name before it is deployed. Inputs of its objects name none.
  const { bucket = 'its own bucket, without a name here', readBuckets = [], outputBucket } = config;
  const resources = {
    Partition: '',
    ActivityArn: '',
    ProvisionerFunctionArn: '',
    SelectorFunctionArn: '',
    Bucket: bucket,
    SourceBuckets: [bucket, ...readBuckets.map((text) => parseExistingBucket(text).name)].join(', '),
    OutputBucket: outputBucket ? parseExistingBucket(outputBucket).name : bucket,
    OutputPrefix: PREFIXES.output,
    ResultsPrefix: PREFIXES.results,
    ManifestsPrefix: PREFIXES.manifests,
  };
  const { States } = workflowDefinition(resources, config) as unknown as {
    States: { ValidateInput: { Choices: Rule[] } };
  };
  return States.ValidateInput.Choices;
}

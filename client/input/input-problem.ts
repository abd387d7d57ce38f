/** What is wrong with an execution's input, as far as this can be checked without the deployment. */
import { processorProblem } from '../../runtime/check-processor';
import type { ExecutionInput, ProcessorDescriptions } from '../../runtime/contract';
import { parseSelect, SelectError } from '../../runtime/selector/criteria/select';
import { inputProblem, type Rule } from './rules';

export interface InputRules {
  /** Choices of the state `ValidateInput`. */
  rules: Rule[] | Promise<Rule[]>;
  /** The processor of executions that name none. */
  processor?: string;
  /** Default: the processor and its parameters are not checked. */
  processors?: ProcessorDescriptions;
}

/** One line for the user; undefined if nothing is wrong. Throws an InvalidInputError if a rule fails. */
export async function problemOfInput(
  input: ExecutionInput,
  { rules, processor: own, processors }: InputRules,
): Promise<string | undefined> {
  const problem = await inputProblem(rules, input);
  if (problem) return problem;
  const { processor = own, parameters = {}, select } = input;
  const wrong = processor && processors && processorProblem(processors, processor, parameters);
  return wrong || (select && selectProblem(select));
}

/** As the selector reads it. */
function selectProblem(select: unknown): string | undefined {
  try {
    parseSelect(select, new Date());
    return undefined;
  } catch (error) {
    if (error instanceof SelectError) return `${error.message}.`;
    throw error;
  }
}

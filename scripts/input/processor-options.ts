/** The options that choose the processor of an execution. */
import type { Command } from 'commander';
import type { BatchProcessor, ExecutionInput } from '../../client';
import { parameter } from '../cli/parsers';
import { parseParameters, type TypedParameters } from './parameters';

export interface ProcessorOptions {
  processor?: string;
  param?: TypedParameters;
  outputPrefix?: string;
}

export function addProcessorOptions(command: Command): Command {
  command.option(
    '--processor <name>',
    "process the objects with this processor, a folder of processors/ (default: the deployment's), example: gzip",
  );
  return addParameterOption(command).option(
    '--output-prefix <prefix>',
    "where outputs go, below processed/ (default: processed/, and processed/<name>/ for another processor than the deployment's), example: processed/small/",
  );
}

export function addParameterOption(command: Command): Command {
  return command.option(
    '--param <NAME=VALUE>',
    "repeatable: a parameter of the processor; JSON, or plain text if its schema says string (default: the processor's own), example: --param seconds=0.5",
    parameter,
  );
}

/** The part of the input that they make. Throws a UsageError for a parameter that cannot be what its schema asks for. */
export function processorInput(
  { deployment }: BatchProcessor,
  { processor, param, outputPrefix }: ProcessorOptions,
): Pick<ExecutionInput, 'processor' | 'parameters' | 'output_prefix'> {
  const name = processor ?? deployment.processor ?? '';
  const { processors = {} } = deployment;
  const description = Object.hasOwn(processors, name) ? processors[name] : undefined;
  return {
    ...(processor !== undefined && { processor }),
    ...(param && { parameters: parseParameters(param, description) }),
    ...(outputPrefix !== undefined && { output_prefix: outputPrefix }),
  };
}

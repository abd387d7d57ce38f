import type { ExecutionInput } from './contract';
import { quote } from './shell-word';

/** The command that processes the objects which failed in an execution, as its own input says. The caller adds the target, if it knows one. */
export function retryCommand(name: string, input: ExecutionInput): string {
  const { worker_count, processor, parameters = {}, output_prefix, tolerated_failure_percentage } = input;
  const words = [
    `npx ts-node scripts/execute.ts ${worker_count} --retry-failed ${quote(name)}`,
    ...(processor === undefined ? [] : [`--processor ${quote(processor)}`]),
    ...Object.entries(parameters).map(([parameter, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return `--param ${quote(`${parameter}=${text}`)}`;
    }),
    ...(output_prefix === undefined ? [] : [`--output-prefix ${quote(output_prefix)}`]),
    ...(tolerated_failure_percentage === undefined
      ? []
      : [`--tolerated-failure-percentage ${tolerated_failure_percentage}`]),
  ];
  return words.join(' ');
}

/** The processors that the workers have: the build writes them beside the function's code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processorProblem } from '../check-processor';
import type { Parameters } from '../contract';
import { ProvisioningError } from './provisioning-error';

/** Throws a ProvisioningError that says what is wrong. `folder`: of the function's code. */
export function assertProcessor(name: string, parameters: Parameters, folder = __dirname): void {
  const processors = JSON.parse(readFileSync(join(folder, 'processors.json'), 'utf8'));
  const problem = processorProblem(processors, name, parameters);
  if (problem) throw new ProvisioningError('InvalidProcessor', problem);
}

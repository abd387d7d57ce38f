/** The processor and the parameters that a slot is loaded and set up for. Tasks with the same ones may share a slot and its process. */
import { canonical } from '../canonical';
import type { Task } from '../contract';

export function configurationOf({ processor, parameters }: Pick<Task, 'processor' | 'parameters'>): string {
  return `${processor} ${canonical(parameters)}`;
}

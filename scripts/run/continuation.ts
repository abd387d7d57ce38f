/** How to go on with a run that has left objects undone: a pure function. */
import { isMadeName } from '../../client/execution-name';

/** Kinds of names that a command makes again each time. A run that follows a plan has its name as --name. */
const OWN_KINDS = ['run', 'sample', 'retry'];

/** One sentence. `name`: of the execution; one that was given as --name cannot be used again. `force`: of its input. */
export function describeContinuation(name: string, force = false): string {
  const isGiven = !OWN_KINDS.some((kind) => isMadeName(kind, name));
  const command = isGiven ? 'The same command with another --name' : 'The same command';
  return force
    ? `${command} processes all objects again, also those that are done, because of --force.`
    : `${command} continues: it skips what is done.`;
}

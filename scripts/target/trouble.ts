/** What a command prints while AWS throttles it or does not answer. */
import type { Trouble } from '../../client';
import type { Progress } from '../cli/progress';

function describeTrouble({ kind, operation, error }: Trouble): string {
  return kind === 'throttled'
    ? `AWS throttles ${operation} (${error.name}): this command waits, and tries again. Runs go on meanwhile.`
    : `AWS does not answer ${operation} (${error.message}): this command tries again until it does. Runs go on meanwhile.`;
}

/** Options of a client that shows it in the progress. */
export const tellTrouble = (progress: Progress) => ({
  onWait: (trouble: Trouble) => progress.note(describeTrouble(trouble)),
});

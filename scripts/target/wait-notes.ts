/** What a command prints while AWS throttles it or does not answer. */
import type { WaitReason } from '../../client';
import type { Progress } from '../cli/progress';

function describeWait({ kind, operation, error }: WaitReason): string {
  return kind === 'throttled'
    ? `AWS throttles ${operation} (${error.name}): this command waits, and tries again. Runs go on meanwhile.`
    : `AWS does not answer ${operation} (${error.message}): this command tries again until it does. Runs go on meanwhile.`;
}

/** Options of a client that shows it in the progress. */
export const noteWaits = (progress: Progress) => ({
  onWait: (reason: WaitReason) => progress.note(describeWait(reason)),
});

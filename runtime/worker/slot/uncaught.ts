/** Errors that nothing in the processor catches: they cost at most the object that they belong to, never the process. */
import { log } from '../../log';
import { describeError } from './errors/describe-error';
import { userStack } from './errors/user-stack';
import { scopes } from './scope';

/** `onSpoiled`: after an uncaught exception the process is in a state that nobody knows. */
export function watchUncaught(workerFolder: string, onSpoiled: () => void): void {
  const say = (message: string, error: unknown) =>
    log.error(message, {
      ...scopes.getStore()?.fields,
      error: describeError(error),
      stack: userStack(error, workerFolder),
    });
  process.on('unhandledRejection', (reason) => say('Unhandled promise rejection', reason));
  process.on('uncaughtException', (error) => {
    onSpoiled();
    if (!scopes.getStore()?.fail(error)) say('Uncaught error', error);
  });
}

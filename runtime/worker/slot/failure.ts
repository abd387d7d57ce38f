/** Gives every error the name that the state machine's `Retry` knows it by. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { STORAGE_ERROR } from '../../errors';
import { TaskError } from '../task-error';

/** Reading the source failed. */
export function readError(error: unknown, key: string): TaskError {
  if (error instanceof S3ServiceException && error.name === 'NoSuchKey')
    return new TaskError('ObjectNotFound', `${key} is not in the bucket`);
  return storageError(error, `${key} could not be read`);
}

/** S3 refused or failed. An archived object (InvalidObjectState) answers 403 as well: it cannot be read either. */
export function storageError(error: unknown, what: string): TaskError {
  const denied = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : error;
  return new TaskError(denied ? 'ObjectAccessDenied' : STORAGE_ERROR, `${what}: ${reason}`);
}

/** The processor threw. A PermanentError is known by its name, since a processor may come with its own copy of the class. */
export function processorError(error: unknown): TaskError {
  if (error instanceof TaskError) return error;
  if (!(error instanceof Error)) return new TaskError('ProcessorError', String(error));
  if (error.name === 'PermanentError') return new TaskError('PermanentError', error.message);
  return new TaskError('ProcessorError', `${error.name}: ${error.message}`);
}

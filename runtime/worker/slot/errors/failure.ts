/** Gives every error the name that the state machine's `Retry` knows it by. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { STORAGE_ERROR } from '../../../errors';
import { hasStatus } from '../../../s3/has-status';
import { TaskError } from '../../task-error';
import { describeError, isErrorLike, textOf } from './describe-error';
import { userStack } from './user-stack';

/** Reading the source failed. */
export function readError(error: unknown, key: string): TaskError {
  if (!(error instanceof S3ServiceException)) return storageError(error, `${key} could not be read`);
  if (error.name === 'NoSuchKey') return new TaskError('ObjectNotFound', `${key} is not in the bucket`);
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  if (error.name === 'InvalidObjectState') {
    const { StorageClass } = error as { StorageClass?: string };
    const archive = StorageClass ? `archived (${StorageClass})` : 'archived';
    return new TaskError(
      'ObjectArchived',
      `${key} is ${archive}: restore it first (aws s3api restore-object), then run again`,
    );
  }
  return storageError(error, `${key} could not be read`);
}

/** S3 refused or failed. */
export function storageError(error: unknown, what: string): TaskError {
  return new TaskError(
    hasStatus(error, 403) ? 'ObjectAccessDenied' : STORAGE_ERROR,
    `${what}: ${describeError(error)}`,
  );
}

/** Errors of S3 whose reason is the output itself: a retry fails, too. */
const REFUSED_OUTPUTS = new Set(['MetadataTooLarge', 'KeyTooLongError', 'EntityTooLarge']);

/** Writing an output failed. */
export function writeError(error: unknown, key: string): TaskError {
  if (error instanceof TaskError) return error;
  const what = `${key} could not be written`;
  if (error instanceof S3ServiceException && REFUSED_OUTPUTS.has(error.name))
    return new TaskError('ProcessorError', `${what}: ${describeError(error)}`);
  return storageError(error, what);
}

/**
 * The processor threw. A PermanentError is known by its name, since a processor comes with its own copy of the class.
 * `workerFolder`: what paths in the stack are relative to.
 */
export function processorError(error: unknown, workerFolder = __dirname): TaskError {
  if (error instanceof TaskError) return error;
  const permanent = isErrorLike(error) && textOf(error, 'name') === 'PermanentError';
  const name = permanent ? 'PermanentError' : 'ProcessorError';
  return new TaskError(name, describeError(error), userStack(error, workerFolder));
}

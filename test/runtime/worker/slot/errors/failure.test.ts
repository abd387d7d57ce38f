import { S3ServiceException } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { PermanentError } from '../../../../../runtime/processor';
import {
  processorError,
  readError,
  storageError,
  writeError,
} from '../../../../../runtime/worker/slot/errors/failure';
import { TaskError } from '../../../../../runtime/worker/task-error';

const fromS3 = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, message: 'said S3', $fault: 'client', $metadata: { httpStatusCode } });

describe('the name of a failure', () => {
  const TABLE: [string, () => TaskError, string, string][] = [
    [
      'an object that is gone',
      () => readError(fromS3('NoSuchKey', 404), 'k'),
      'ObjectNotFound',
      'k is not in the bucket',
    ],
    [
      'an object that may not be read',
      () => readError(fromS3('AccessDenied', 403), 'k'),
      'ObjectAccessDenied',
      'k could not be read: AccessDenied: said S3',
    ],
    [
      'an archived object',
      () => readError(fromS3('InvalidObjectState', 403), 'k'),
      'ObjectArchived',
      'k is archived: restore it first (aws s3api restore-object), then run again',
    ],
    [
      'an archived object, with its storage class',
      () => readError(Object.assign(fromS3('InvalidObjectState', 403), { StorageClass: 'GLACIER' }), 'k'),
      'ObjectArchived',
      'k is archived (GLACIER): restore it first (aws s3api restore-object), then run again',
    ],
    [
      'an output while S3 is overloaded',
      () => writeError(fromS3('SlowDown', 503), 'k'),
      'StorageError',
      'k could not be written: SlowDown: said S3',
    ],
    [
      'an output whose own stream breaks off',
      () => writeError(new TaskError('ProcessorError', 'its stream broke off'), 'k'),
      'ProcessorError',
      'its stream broke off',
    ],
    [
      'a bucket that is gone',
      () => readError(fromS3('NoSuchBucket', 404), 'k'),
      'StorageError',
      'k could not be read: NoSuchBucket: said S3',
    ],
    [
      'S3 is overloaded',
      () => storageError(fromS3('SlowDown', 503), 'k could not be written'),
      'StorageError',
      'k could not be written: SlowDown: said S3',
    ],
    [
      'a connection that fails, with its cause',
      () => writeError(new Error('failed', { cause: new Error('connect ECONNREFUSED') }), 'k'),
      'StorageError',
      'k could not be written: Error: failed ← Error: connect ECONNREFUSED',
    ],
    [
      'an output that S3 refuses as such',
      () => writeError(fromS3('MetadataTooLarge', 400), 'k'),
      'ProcessorError',
      'k could not be written: MetadataTooLarge: said S3',
    ],
    [
      'an error from elsewhere with the name of an error of S3',
      () => readError(Object.assign(new Error('not S3'), { name: 'NoSuchKey' }), 'k'),
      'StorageError',
      'k could not be read: NoSuchKey: not S3',
    ],
    [
      'a value that is not an error at all',
      () => storageError('words', 'k broke off'),
      'StorageError',
      'k broke off: words',
    ],
    [
      'a processor that throws',
      () => processorError(new TypeError('oops')),
      'ProcessorError',
      'TypeError: oops',
    ],
    [
      'a processor whose own request to S3 fails',
      () => processorError(fromS3('NoSuchKey', 404)),
      'ProcessorError',
      'NoSuchKey: said S3',
    ],
    [
      'a processor that throws a PermanentError',
      () => processorError(new PermanentError('no', { cause: new Error('why') })),
      'PermanentError',
      'no ← Error: why',
    ],
    [
      'a processor with its own copy of that class',
      () => processorError(Object.assign(new Error('no'), { name: 'PermanentError' })),
      'PermanentError',
      'no',
    ],
    [
      'a cause that is permanent makes no error permanent',
      () => processorError(new Error('a', { cause: new PermanentError('b') })),
      'ProcessorError',
      'Error: a ← b',
    ],
    [
      'an error that has a name already',
      () => processorError(new TaskError('OutputKeyTooLong', 'too long')),
      'OutputKeyTooLong',
      'too long',
    ],
  ];
  for (const [what, fail, name, message] of TABLE) {
    it(`${what}: ${name}`, () => expect(fail()).to.include({ name, message }));
  }
});

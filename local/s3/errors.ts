import { ServiceError } from '../service';

/** Status codes other than 400, as in S3's list of error codes (API reference, "Error responses"). */
const STATUS: Record<string, number> = {
  AccessDenied: 403,
  InternalError: 500,
  InvalidRange: 416,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
};

/** An error in S3's own words; `members` are the further elements of its XML document. */
export function s3Error(code: string, message: string, members: Record<string, unknown> = {}): ServiceError {
  return new ServiceError(code, message, STATUS[code] ?? 400, members);
}

export function notImplemented(what: string): ServiceError {
  return s3Error('NotImplemented', `The local S3 does not implement ${what}.`);
}

export function noSuchKey(key: string): ServiceError {
  return s3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
}

/** What a failed system call is to a client of S3, where S3 has a word for it. */
export function translateError(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return s3Error('AccessDenied', message);
  if (code === 'ECONNRESET')
    return s3Error('RequestTimeout', 'The client hung up before its request was whole.');
  return error;
}

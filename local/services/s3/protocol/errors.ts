import { LocalCloudError } from '../../../core/errors';
import { ServiceError } from '../../../core/service';

/** S3's errors: HTTP status and message (API reference, "Error responses"). */
const ERRORS = {
  AccessDenied: [403, 'Access Denied'],
  BucketAlreadyExists: [
    409,
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system.',
  ],
  BucketAlreadyOwnedByYou: [
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
  ],
  BadDigest: [400, 'The digest that you specified did not match what was received.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  IncompleteBody: [400, 'The request has not the number of bytes that its headers say'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidDigest: [400, 'The Content-MD5 or checksum value that you specified is not valid.'],
  InvalidObjectState: [403, "The operation is not valid for the object's storage class"],
  InvalidPart: [400, 'A part could not be found, or its entity tag or checksum is not the one listed.'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order. Parts must be ordered by number.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedTrailerError: [400, 'A trailer that x-amz-trailer names is missing.'],
  MalformedXML: [400, 'The XML that you provided was not well-formed or is not what this operation takes.'],
  MaxMessageLengthExceeded: [400, 'Your request was too large.'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchBucketPolicy: [404, 'The bucket policy does not exist'],
  NoSuchConfiguration: [404, 'The specified configuration does not exist.'],
  NoSuchCORSConfiguration: [404, 'The CORS configuration does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchLifecycleConfiguration: [404, 'The lifecycle configuration does not exist'],
  NoSuchTagSet: [404, 'The TagSet does not exist'],
  NoSuchUpload: [404, 'The upload does not exist. It may have been aborted or completed.'],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NoSuchWebsiteConfiguration: [404, 'The specified bucket does not have a website configuration'],
  NotImplemented: [501, 'The local S3 does not implement this.'],
  ObjectLockConfigurationNotFoundError: [404, 'Object Lock configuration does not exist for this bucket'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  ReplicationConfigurationNotFoundError: [404, 'The replication configuration was not found'],
  RequestTimeout: [400, 'The client hung up before its request was whole.'],
  ServiceUnavailable: [503, 'Service is unable to handle request. Please try again.'],
  XAmzContentSHA256Mismatch: [400, "The 'x-amz-content-sha256' header does not match what was received."],
} satisfies Record<string, [statusCode: number, message: string]>;

/** An error in S3's words. @param members further elements of its XML document; `Message` replaces the message */
export function s3Error(code: keyof typeof ERRORS, members: Record<string, unknown> = {}): ServiceError {
  const [statusCode, message] = ERRORS[code];
  const { Message = message, ...rest } = members;
  return new ServiceError(code, String(Message), statusCode, rest);
}

export function notImplemented(what: string): ServiceError {
  return s3Error('NotImplemented', { Message: `The local S3 does not implement ${what}.` });
}

/** The client is gone. */
const HUNG_UP = ['ECONNABORTED', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];
/** The machine is short of something for a moment, or somebody removed a file meanwhile: another try may succeed. */
const PASSING = ['EAGAIN', 'EBUSY', 'EINTR', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM', 'ETXTBSY'];

/**
 * S3's own error for a failed system call. One that fails again however often it is tried (no space, a file system that is read-only,
 * no permission) is an AccessDenied: neither SDKs nor workers try that again. Its message has the errno and the file.
 */
export function translateError(error: unknown): unknown {
  const { code = '', errno, message } = error as NodeJS.ErrnoException;
  if (error instanceof LocalCloudError) return s3Error('AccessDenied', { Message: message });
  if (HUNG_UP.includes(code)) return s3Error('RequestTimeout');
  if (errno === undefined) return error;
  return s3Error(PASSING.includes(code) ? 'ServiceUnavailable' : 'AccessDenied', { Message: message });
}

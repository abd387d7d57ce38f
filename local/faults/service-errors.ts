/** The errors with which services say that they cannot serve, by protocol: code, HTTP status, message. */
import { type Service, ServiceError } from '../service';

type Row = [code: string, statusCode: number, message: string];

/**
 * "Common errors" in the API reference of each service; Lambda, TooManyRequestsException of Invoke; S3, "List of error
 * codes" in its API reference.
 */
const THROTTLING: Record<Service['protocol'], Row> = {
  json: ['ThrottlingException', 400, 'Rate exceeded'],
  query: ['Throttling', 400, 'Rate exceeded'],
  'rest-json': ['TooManyRequestsException', 429, 'Rate Exceeded.'],
  stream: ['SlowDown', 503, 'Please reduce your request rate.'],
};

const INTERNAL: Row = [
  'InternalFailure',
  500,
  'The request processing has failed because of an unknown error.',
];
const UNAVAILABLE: Row = [
  'ServiceUnavailable',
  503,
  'The request has failed due to a temporary failure of the server.',
];
const ERRORS: Record<Service['protocol'], [Row, Row]> = {
  json: [INTERNAL, UNAVAILABLE],
  query: [INTERNAL, UNAVAILABLE],
  'rest-json': [['ServiceException', 500, 'The Lambda service encountered an internal error.'], UNAVAILABLE],
  stream: [['InternalError', 500, 'We encountered an internal error. Please try again.'], UNAVAILABLE],
};

export function throttlingError(protocol: Service['protocol']): ServiceError {
  const [code, statusCode, message] = THROTTLING[protocol];
  return new ServiceError(code, message, statusCode);
}

/** One of the service's two, by a random number from 0 up to 1. */
export function serverError(protocol: Service['protocol'], random: number): ServiceError {
  const [code, statusCode, message] = ERRORS[protocol][random < 0.5 ? 0 : 1];
  return new ServiceError(code, message, statusCode);
}

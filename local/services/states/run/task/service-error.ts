import { StatesError } from '../../language/errors';

interface Refusal {
  name: string;
  message: string;
  status: number;
  requestId: string;
}

/**
 * An SDK's error under the name that Step Functions gives it: `<service>.<exception>`, where the exceptions that
 * the service's model does not have, such as a denied access, are the service's general one.
 */
export function serviceError(
  service: string,
  { name, message, $metadata }: Error & { $metadata?: { httpStatusCode?: number; requestId?: string } },
  general: string,
  cause: (refusal: Refusal) => string,
): StatesError {
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return new StatesError(`${service}.SdkClientException`, message);
  const unmodelled = /^(AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|UnknownError|Error)/;
  const own = name.endsWith('Exception') ? name : `${name}Exception`;
  const refusal = { name, message, status, requestId: $metadata?.requestId ?? '' };
  return new StatesError(`${service}.${unmodelled.test(own) ? general : own}`, cause(refusal));
}

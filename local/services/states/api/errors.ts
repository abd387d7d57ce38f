import { ServiceError } from '../../../core/service';

/** The answer to a request whose member breaks the API's own constraints. */
export function validationError(member: string, value: unknown, constraint: string): ServiceError {
  const shown =
    value === undefined || value === null
      ? 'null '
      : typeof value === 'string' && value.length <= 256
        ? `'${value}' `
        : '';
  return new ServiceError(
    'ValidationException',
    `1 validation error detected: Value ${shown}at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

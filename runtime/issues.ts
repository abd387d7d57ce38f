import type { ZodError } from 'zod';

/** What is wrong with a document, in one line: each field's path with its problem. */
export function describeIssues({ issues }: ZodError): string {
  return issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}

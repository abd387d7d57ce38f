/** Schemas of members that operations of several services have. */
import * as z from 'zod';

/** Of a text, in UTF-16 units. */
export const text = (minimum: number, maximum: number) => z.string().min(minimum).max(maximum);

/** Checks the length before the elements, so it rejects a list of millions at once. */
export const list = <Element extends z.ZodType>(element: Element, maximum: number, minimum = 0) =>
  z.array(z.unknown()).min(minimum).max(maximum).pipe(z.array(element));

/** A number as the Query protocol sends it. */
export const queryInteger = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^-?\d{1,10}$/)
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum));

/** The service's own error for a failed check of a member. */
export const failsWith = (code: string, message: (value: unknown) => string) => ({
  error: ({ input }: { input?: unknown }) => message(input),
  params: { code },
});

/** The value of a field: every string `{% … %}` is an expression, everything else stays unchanged. */
const [OPEN, CLOSE] = ['{%', '%}'];

export function isExpression(value: unknown): value is string {
  if (typeof value !== 'string' || value.length < OPEN.length + CLOSE.length) return false;
  return value.startsWith(OPEN) && value.endsWith(CLOSE);
}

/** The JSONata in `{% … %}`. */
export function textOf(template: string): string {
  return isExpression(template) ? template.slice(OPEN.length, -CLOSE.length) : '';
}

/** The value of a field: every string `{% … %}` is an expression, everything else stays unchanged. */
const EXPRESSION = /^\{%([\s\S]*)%\}$/;

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && EXPRESSION.test(value);
}

/** The JSONata in `{% … %}`. */
export function textOf(template: string): string {
  return EXPRESSION.exec(template)?.[1] ?? '';
}
